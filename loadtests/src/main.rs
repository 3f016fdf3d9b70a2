//! `loadtests`: bounded load for a shop that you own. `loadtests --help` lists the flags.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use loadtests::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    tokio::spawn(stop_on_sigterm());
    match loadtests::run(&settings).await {
        Ok(report) => {
            write!(stdout(), "{report}").ok();
            match report.passed() {
                true => ExitCode::SUCCESS,
                false => ExitCode::from(1),
            }
        }
        Err(error) => {
            writeln!(stderr(), "loadtests: {error:#}").ok();
            ExitCode::from(2)
        }
    }
}

/// `docker stop` sends SIGTERM. The first process of a container ignores it unless it has a handler.
async fn stop_on_sigterm() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        terminate.recv().await;
        loadtests::stop();
    }
}
