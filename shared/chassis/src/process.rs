//! The life of a process: command line, runtime, telemetry, signals, exit code.

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context;
use serde::de::DeserializeOwned;

use crate::running::Running;
use crate::shutdown::{self, Shutdown};
use crate::{admin, telemetry};

mod cli;
mod healthcheck;
mod run;

/// Who the process is.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The one word for it: `order`. Prefix of its variables and `service.name` of its traces.
    pub name: &'static str,
    /// `env!("CARGO_PKG_VERSION")`
    pub version: &'static str,
    /// `config/default.toml`, embedded.
    pub defaults: &'static str,
}

impl About {
    fn process(&self) -> telemetry::Process {
        let (name, version) = (self.name, self.version);
        telemetry::Process { name, version }
    }
}

/// What the configuration of every process contains.
pub trait Settings: DeserializeOwned + Send + 'static {
    /// Logs and traces.
    fn telemetry(&self) -> &telemetry::Config;
    /// The admin port.
    fn admin(&self) -> &admin::Config;
    /// Deadlines of the shutdown.
    fn shutdown(&self) -> &shutdown::Config;
}

/// `main` of a process with a database: `serve | migrate | healthcheck | config`.
pub fn main<C, Start, Started, Migrate, Migrated>(
    about: About,
    start: Start,
    migrate: Migrate,
) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
{
    run::main(about, start, Some(migrate), None::<NoCommand<C>>)
}

/// `main` of a process that can also fill its database with demo data: `seed [ARGUMENTS]`, which
/// `seed` gets as they are.
pub fn main_with_seed<C, Start, Started, Migrate, Migrated, Seed, Seeded>(
    about: About,
    start: Start,
    migrate: Migrate,
    seed: Seed,
) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
    Seed: FnOnce(C, Vec<String>) -> Seeded,
    Seeded: Future<Output = anyhow::Result<()>>,
{
    let seed = OwnCommand {
        name: "seed",
        help: "put demo data into the database",
        job: |config, arguments| async {
            let seeded = seed(config, arguments).await;
            seeded.context("cannot seed the database")?;
            Ok(ExitCode::SUCCESS)
        },
    };
    main_with(about, start, migrate, seed)
}

/// A command that a process has besides the usual ones. Its logs go to stderr, so that stdout is its.
#[derive(Debug, Clone, Copy)]
pub struct OwnCommand<Job> {
    /// The word on the command line.
    pub name: &'static str,
    /// What it does, for `--help`: "put demo data into the database".
    pub help: &'static str,
    /// Gets the configuration and what stands after the word, and says how the process ends.
    pub job: Job,
}

/// `main` of a process with a database and a command of its own.
pub fn main_with<C, Start, Started, Migrate, Migrated, Job, Done>(
    about: About,
    start: Start,
    migrate: Migrate,
    own: OwnCommand<Job>,
) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
    Job: FnOnce(C, Vec<String>) -> Done,
    Done: Future<Output = anyhow::Result<ExitCode>>,
{
    run::main(about, start, Some(migrate), Some(own))
}

type Nothing = std::future::Ready<anyhow::Result<()>>;
type NoMigrate<C> = fn(C) -> Nothing;
type NoCommand<C> = OwnCommand<fn(C, Vec<String>) -> std::future::Ready<anyhow::Result<ExitCode>>>;

/// `main` of a process without a database: `serve | healthcheck | config`.
pub fn main_without_migrations<C, Start, Started>(about: About, start: Start) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
{
    run::main(about, start, None::<NoMigrate<C>>, None::<NoCommand<C>>)
}
