//! The commands of `cargo xtask`. `cargo xtask help` lists them.
//!
//! The public items are what the check of the shop in containers (`e2e/containers`) shares with the commands.

#![allow(
    clippy::disallowed_methods,
    reason = "a tool for people: it reads its surroundings and waits for other programs by sleeping"
)]

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

mod ci;
pub mod command;
mod compose;
mod guide;
pub mod interrupt;
mod process;
mod project;
mod prove;
mod readme;
mod rules;
mod schema;
mod script;
mod secrets;
mod seed;
mod servers;
mod skipped;
mod state;
pub mod terminal;
mod test;
mod tidy;
mod tools;
mod up;

pub use guide::follow_in_containers as follow_guide_in_containers;
pub use process::wait_until;
pub use project::Project;
pub use readme::purchase as purchase_of_the_readme;
pub use servers::{container_name, docker_answers, free_ports};
pub use skipped::EXIT_SKIPPED;

/// Mercantile's tool: run the shop, test it, check the code.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = false
)]
enum Command {
    /// Run the shop on this machine until Ctrl-C
    Up(up::Options),
    /// Stop the shop, and what a killed run left behind
    Down(up::DownOptions),
    /// Load the demo data into the running shop, or generate products for work at scale
    Seed(seed::Options),
    /// Run all tests on servers of their own
    Test(test::Options),
    /// Write each service's src/schema.rs from its migrations
    Schema(schema::Options),
    /// Check the rules that the compiler cannot check
    Tidy,
    /// Break everything while customers buy, and check that nothing was lost
    Prove(prove::Options),
    /// Buy something as the README says, and follow orders as the guide says
    Readme,
    /// Check Prometheus' rules, test them, and check the dashboards' expressions
    Rules,
    /// Run the shop in containers, break every one of them, and check that nothing was lost
    Compose(compose::Options),
    /// Check everything that CI checks
    Ci,
}

/// Runs the command that the arguments of this process name.
pub fn main() -> ExitCode {
    let command = Command::parse();
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::requested() => {
            terminal::status("Interrupted", "everything is stopped");
            ExitCode::from(130)
        }
        Err(error) => {
            terminal::failure(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    interrupt::listen()?;
    let project = project::Project::find()?;
    match command {
        Command::Up(options) => up::up(&project, options),
        Command::Down(options) => up::down(&project, options),
        Command::Seed(options) => seed::seed(&project, options),
        Command::Test(options) => test::test(&project, options),
        Command::Schema(options) => schema::schema(&project, options),
        Command::Prove(options) => prove::prove(&project, options),
        Command::Readme => readme::readme(&project),
        Command::Rules => rules::rules(&project),
        Command::Compose(options) => compose::compose(&project, options),
        Command::Ci => ci::ci(&project),
        Command::Tidy => tidy::tidy(&project),
    }
}
