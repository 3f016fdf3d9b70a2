//! `cargo xtask test`: runs the tests on private servers and removes all their data.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow};
use clap::Args;

use crate::browser;
use crate::command::{cargo, run};
use crate::project::Project;
use crate::servers::{Data, Origin, Requirements, Servers, Source, choose};
use crate::state::{State, remove_data, sweep};
use crate::terminal::{status, warning};

/// The packages to test.
const ALL: [&str; 3] = ["--workspace", "--exclude", "loadtests"];

const FAILED: &str =
    "some tests failed, see the list above; `cargo xtask test <name>` runs one of them";

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// Run the tests of these packages only
    #[arg(short, long, value_name = "NAME")]
    package: Vec<String>,

    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,

    /// Where PostgreSQL, RabbitMQ and Redis come from
    #[arg(long, value_enum, default_value_t)]
    servers: Source,

    /// Arguments for `cargo nextest run`, or for `cargo test` if nextest is not installed: filters, `--no-capture` ...
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    arguments: Vec<String>,
}

impl Options {
    /// For the tests in a browser, if they are to run.
    fn browser_variables(&self, project: &Project) -> Vec<(&'static str, PathBuf)> {
        let are_chosen = self.package.is_empty() || self.package.iter().any(|name| name == "e2e");
        match are_chosen {
            true => browser::variables(project),
            false => Vec::new(),
        }
    }
}

/// All tests, as CI runs them.
pub(crate) fn all(project: &Project) -> Result<()> {
    let options = Options {
        package: Vec::new(),
        // `prove` needs these servers, too.
        servers: Source::System,
        fail_fast: false,
        arguments: Vec::new(),
    };
    test(project, &options)
}

/// Runs the tests. The servers are always stopped.
pub(crate) fn test(project: &Project, options: &Options) -> Result<()> {
    let origin = choose(options.servers)?;
    sweep(&project.private())?;
    let home = project.home(&format!("test-{}", std::process::id()))?;
    let mut state = State::begin()?;
    state.save(&home)?;
    let outcome = on_servers(project, options, origin, &home, &mut state);
    if let Err(error) = remove_data(&home) {
        warning(format!("{error:#}"));
    }
    outcome
}

fn on_servers(
    project: &Project,
    options: &Options,
    origin: Origin,
    home: &Path,
    state: &mut State,
) -> Result<()> {
    let requirements = Requirements {
        home,
        origin,
        data: Data::Temporary,
    };
    // The servers start during the build.
    let (servers, built) = thread::scope(|scope| {
        let servers = scope.spawn(|| Servers::start(requirements));
        let built = run(runner(project, options).arg("--no-run"));
        (
            servers
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread of xtask panicked"))),
            built,
        )
    });
    let mut servers = servers?;
    built?;
    state.processes = servers.identities();
    state.save(home)?;

    let addresses = &servers.addresses;
    let mut tests = runner(project, options);
    tests
        .args(&options.arguments)
        .env("MERCANTILE_TEST_POSTGRES", &addresses.postgres)
        .env("MERCANTILE_TEST_AMQP", &addresses.amqp)
        .env("MERCANTILE_TEST_RABBITMQ_API", &addresses.rabbitmq_api)
        .env("MERCANTILE_TEST_REDIS", &addresses.redis)
        .env("MERCANTILE_TEST_AMQPS", &addresses.amqps)
        .env("MERCANTILE_TEST_REDISS", &addresses.rediss)
        .envs(options.browser_variables(project));
    let outcome = run(&mut tests);
    let alive = servers.check_running();
    servers.stop();
    // If a server has ended, report that instead of the failed tests.
    alive?;
    outcome.context(FAILED)?;
    status("Stopped", "the servers");
    Ok(())
}

/// `cargo nextest run` or `cargo test` for the packages of the options.
///
/// Always with `--workspace`: a build of one package would compile its dependencies again with fewer features. Without
/// the load generator, whose dependencies would add features to the others; `cargo xtask readme` tests it.
fn runner(project: &Project, options: &Options) -> Command {
    let mut command = cargo(project);
    if has_nextest(project) {
        command.args(["nextest", "run", "--locked"]).args(ALL);
        if options.fail_fast {
            command.arg("--fail-fast");
        }
        if !options.package.is_empty() {
            let packages: Vec<String> = options
                .package
                .iter()
                .map(|name| format!("package(={name})"))
                .collect();
            command.args(["-E", &packages.join(" | ")]);
        }
    } else {
        command.args(["test", "--locked"]);
        if !options.fail_fast {
            command.arg("--no-fail-fast");
        }
        if options.package.is_empty() {
            command.args(ALL);
        }
        for package in &options.package {
            command.args(["--package", package]);
        }
    }
    command
}

fn has_nextest(project: &Project) -> bool {
    cargo(project)
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
