//! `loadtests`: bounded load for a shop of one's own. `loadtests --help` has the flags.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use loadtests::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    tokio::spawn(stop_when_told());
    match loadtests::run(&settings).await {
        Ok(report) => {
            write!(stdout(), "{report}").ok();
            match report.is_good() {
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

/// `docker stop` sends SIGTERM, to which a first process of a container is deaf unless it listens.
async fn stop_when_told() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut told) = signal(SignalKind::terminate()) {
        told.recv().await;
        loadtests::stop();
    }
}
