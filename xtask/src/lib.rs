//! The commands of `cargo xtask`. `cargo xtask help` lists them.
//!
//! The public items are shared with `e2e/containers` and `e2e/manifests`, the checks of the shop in containers and of the
//! manifests of Kubernetes.

#![allow(
    clippy::disallowed_methods,
    reason = "a command-line tool: it reads the environment and polls other programs"
)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod browser;
mod ci;
pub mod command;
mod compose;
mod conformance;
mod demo;
mod deploy;
mod guide;
pub mod interrupt;
mod pipelines;
mod process;
mod project;
mod prove;
mod python;
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
pub use readme::purchase as run_readme_purchase;
pub use secrets::key_file;
pub use servers::{container_name, docker_answers, free_ports};
pub use skipped::EXIT_SKIPPED;

/// Runs, tests and checks Mercantile
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = false
)]
struct Arguments {
    /// Install missing Debian packages without asking, as root or with sudo. Nothing is installed without this or a
    /// yes on the terminal
    #[arg(long, global = true)]
    install: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shop on this machine until Ctrl-C
    Up(up::Options),
    /// Stop the shop and the leftovers of killed runs
    Down(up::DownOptions),
    /// Load the demo data into the running shop, or generate many products
    Seed(seed::Options),
    /// Let simulated customers shop in the running shop until Ctrl-C
    Demo(demo::Options),
    /// Run all tests on private servers
    Test(test::Options),
    /// Write each service's src/schema.rs from its migrations
    Schema(schema::Options),
    /// Check the rules that the compiler cannot check
    Tidy,
    /// Inject faults while clients buy, and check that nothing is lost
    Prove(prove::Options),
    /// Run the commands of README.md and docs/guides/follow-an-order.md, and a short load test
    Readme,
    /// Check and test the Prometheus rules, and check the expressions of dashboards and runbooks
    Rules,
    /// Run the shop in containers, inject faults, and check that nothing is lost
    Compose(compose::Options),
    /// Compare the running API with its document, by generated requests
    Conformance(conformance::Options),
    /// Check the workflows of `.github`
    Pipelines,
    /// Check the manifests of Kubernetes, without a cluster
    #[command(subcommand)]
    Deploy(deploy::Command),
    /// Run all checks of CI
    Ci,
}

/// Runs the command in the arguments of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.install {
        servers::consent::give();
    }
    match run(&arguments.command) {
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
        Command::Demo(options) => demo::demo(&project, options),
        Command::Test(options) => test::test(&project, options),
        Command::Schema(options) => schema::schema(&project, options),
        Command::Prove(options) => prove::prove(&project, options),
        Command::Readme => readme::readme(&project),
        Command::Rules => rules::rules(&project),
        Command::Compose(options) => compose::compose(&project, options),
        Command::Conformance(options) => conformance::conformance(&project, options),
        Command::Pipelines => pipelines::pipelines(&project),
        Command::Deploy(command) => deploy::deploy(&project, command),
        Command::Ci => ci::ci(&project),
        Command::Tidy => tidy::tidy(&project),
    }
}
