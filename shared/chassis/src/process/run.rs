use std::fmt::Display;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::cli::{self, Command, Task};
use super::{About, Settings, healthcheck};
use crate::config::{self, Source};
use crate::running::Running;
use crate::shutdown::{Shutdown, Stopped};
use crate::telemetry;

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
/// What a shell reports for a process that was interrupted.
const INTERRUPTED: i32 = 130;

pub(super) fn main<C, Start, Started, Migrate, Migrated>(
    about: About,
    start: Start,
    migrate: Option<Migrate>,
) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
{
    let can_migrate = migrate.is_some();
    let Command { task, file } = match cli::parse(std::env::args().skip(1), can_migrate) {
        Ok(command) => command,
        Err(error) => {
            complain(&about, &error);
            complain_more(cli::help(&about, can_migrate));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let source = Source::defaults(about.name, about.defaults)
        .file(file)
        .process_environment();
    match task {
        Task::Help => return say(cli::help(&about, can_migrate)),
        Task::Version => return say(format!("{} {}\n", about.name, about.version)),
        Task::Config => {
            // Loaded, too: the command finds every mistake that `serve` would find.
            return match config::load::<C>(&source).and_then(|_| config::show(&source)) {
                Ok(text) => say(text),
                Err(error) => refuse(&about, &error),
            };
        }
        Task::Serve | Task::Migrate | Task::Healthcheck => {}
    }
    let config = match config::load::<C>(&source) {
        Ok(config) => config,
        Err(error) => return refuse(&about, &error),
    };
    // An error means that someone installed one before: as good.
    let _installed_before = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = runtime().and_then(|runtime| match (task, migrate) {
        (Task::Healthcheck, _) => runtime.block_on(healthcheck::ask(config.admin().listen)),
        (Task::Migrate, Some(migrate)) => runtime.block_on(run_migrate(&about, config, migrate)),
        _ => runtime.block_on(serve(&about, config, start)),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&about, format!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

async fn run_migrate<C, Migrate, Migrated>(
    about: &About,
    config: C,
    migrate: Migrate,
) -> anyhow::Result<()>
where
    C: Settings,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
{
    let guard = telemetry::init(config.telemetry(), about.name)?;
    let migrated = migrate(config).await.context("cannot migrate the database");
    guard.flush().await;
    migrated
}

async fn serve<C, Start, Started>(about: &About, config: C, start: Start) -> anyhow::Result<()>
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
{
    let guard = telemetry::init(config.telemetry(), about.name)?;
    let shutdown = Shutdown::new(config.shutdown());
    end_on_signals(&shutdown)?;
    let started = start(config, shutdown.clone()).await;
    let outcome = match started.context("cannot start") {
        Ok(running) => {
            let (version, listen, admin) = (about.version, running.listen, running.admin);
            tracing::info!(version, %listen, %admin, "started");
            judge(running.stopped().await)
        }
        Err(error) => {
            shutdown.begin();
            shutdown.stopped().await;
            Err(error)
        }
    };
    guard.flush().await;
    outcome
}

fn judge(stopped: Stopped) -> anyhow::Result<()> {
    match stopped {
        Stopped::Cleanly => {
            tracing::info!("stopped");
            Ok(())
        }
        Stopped::CutOff(what) => Err(anyhow::anyhow!(
            "stopped at the deadline, {what} were cut off; see shutdown.drain_ms and shutdown.stop_ms"
        )),
        Stopped::TaskEnded(name) => Err(anyhow::anyhow!(
            "stopped because the background task `{name}` ended; the log says why"
        )),
    }
}

/// SIGTERM and SIGINT begin the shutdown; a second one ends the process at once.
fn end_on_signals(shutdown: &Shutdown) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "shutting down");
        shutdown.begin();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}

fn refuse(about: &About, error: &config::ConfigError) -> ExitCode {
    complain(about, error);
    complain_more(format!(
        "`{} --help` says where configuration comes from.\n",
        about.name
    ));
    ExitCode::from(WRONG_USAGE)
}

fn say(text: impl Display) -> ExitCode {
    let _reader_is_gone = write!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn complain(about: &About, text: impl Display) {
    complain_more(format!("{}: {text}\n", about.name));
}

fn complain_more(text: impl Display) {
    let _reader_is_gone = write!(std::io::stderr(), "{text}");
}
