//! `floods`: what a checkout takes while a shop on this machine is flooded. `floods --help` lists the flags.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use loadtests::floods::{self, FloodSettings};

#[tokio::main]
async fn main() -> ExitCode {
    let settings = FloodSettings::parse();
    match Box::pin(floods::run(&settings)).await {
        Ok(report) => {
            write!(stdout(), "{report}").ok();
            match report.passed() {
                true => ExitCode::SUCCESS,
                false => ExitCode::from(1),
            }
        }
        Err(error) => {
            writeln!(stderr(), "floods: {error:#}").ok();
            ExitCode::from(2)
        }
    }
}
