//! The lifecycle of a process: command line, runtime, telemetry, signals, exit code.

use std::future::Future;
use std::process::{ExitCode, Termination};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use garde::util::nested_path;
use garde::{Path, Report, Validate};
use serde::Deserialize;

use crate::about::About;
use crate::config::{FromSections, InForce, Invalid, Sections};
use crate::running::Running;
use crate::shutdown::{self, Shutdown};
use crate::{admin, telemetry};

mod cli;
mod healthcheck;
mod run;

/// The configuration of a process: the sections that every process has, and its own.
#[derive(Debug, Clone)]
pub struct Config<Own> {
    /// The program, and the text of its configuration.
    pub in_force: InForce,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// The admin port.
    pub admin: admin::Config,
    /// Deadlines of the shutdown.
    pub shutdown: shutdown::Config,
    /// All other sections.
    pub own: Own,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    telemetry: telemetry::Config,
    admin: admin::Config,
    shutdown: shutdown::Config,
}

impl<Own: FromSections> FromSections for Config<Own> {
    fn from_sections(mut sections: Sections) -> Result<Self, Invalid> {
        let in_force = sections.in_force();
        let Common {
            telemetry,
            admin,
            shutdown,
        } = sections.take(&["telemetry", "admin", "shutdown"])?;
        let own = Own::from_sections(sections)?;
        Ok(Self {
            in_force,
            telemetry,
            admin,
            shutdown,
            own,
        })
    }
}

impl<Own: Validate<Context = ()>> Validate for Config<Own> {
    type Context = ();

    fn validate_into(&self, ctx: &(), mut parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        self.telemetry
            .validate_into(ctx, &mut nested_path!(parent, "telemetry"), report);
        self.admin
            .validate_into(ctx, &mut nested_path!(parent, "admin"), report);
        self.shutdown
            .validate_into(ctx, &mut nested_path!(parent, "shutdown"), report);
        self.own.validate_into(ctx, parent, report);
    }
}

/// A program with the commands `serve`, `healthcheck` and `config`, and optional commands of its
/// own.
pub struct Program<Own> {
    about: About,
    start: Start<Own>,
    commands: Vec<Command<Own>>,
}

type Start<Own> = Box<dyn FnOnce(Config<Own>, Shutdown) -> Job<Running>>;
type Run<Own> = Box<dyn FnOnce(Config<Own>, Vec<String>) -> Job<ExitCode>>;
type Job<T> = LocalBoxFuture<'static, anyhow::Result<T>>;

/// A command that runs once and ends.
struct Command<Own> {
    spec: cli::CommandSpec,
    run: Run<Own>,
}

impl<Own: FromSections> Program<Own> {
    /// `start` returns once the process serves requests; `serve` then waits for its end.
    pub fn new<Started>(
        about: About,
        start: impl FnOnce(Config<Own>, Shutdown) -> Started + 'static,
    ) -> Self
    where
        Started: Future<Output = anyhow::Result<Running>> + 'static,
    {
        Self {
            about,
            start: Box::new(|config, shutdown| start(config, shutdown).boxed_local()),
            commands: Vec::new(),
        }
    }

    /// Adds a command that runs once and ends. `help` is an imperative phrase for `--help`: "apply
    /// pending migrations". `run` gets the arguments after the name. Its log goes to stderr, because
    /// stdout is for its result.
    #[must_use]
    pub fn command<Done, Outcome>(
        mut self,
        name: &'static str,
        help: &'static str,
        run: impl FnOnce(Config<Own>, Vec<String>) -> Done + 'static,
    ) -> Self
    where
        Done: Future<Output = anyhow::Result<Outcome>> + 'static,
        Outcome: Termination,
    {
        let run = |config, arguments| {
            let done = run(config, arguments);
            async { Ok(done.await?.report()) }.boxed_local()
        };
        self.commands.push(Command {
            spec: cli::CommandSpec { name, help },
            run: Box::new(run),
        });
        self
    }

    /// Runs the command of the command line and returns the exit code of the process.
    pub fn main(self) -> ExitCode {
        run::main(self)
    }
}
