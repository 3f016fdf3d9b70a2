use std::fmt::Display;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::cli::{self, Can, Command, Own, Task};
use super::{About, OwnCommand, Settings, healthcheck};
use crate::config::{self, Source};
use crate::running::Running;
use crate::shutdown::{Shutdown, Stopped};
use crate::telemetry::{self, Logs};

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
/// What a shell reports for a process that was interrupted.
const INTERRUPTED: i32 = 130;

pub(super) fn main<C, Start, Started, Migrate, Migrated, Job, Done>(
    about: About,
    start: Start,
    migrate: Option<Migrate>,
    own: Option<OwnCommand<Job>>,
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
    let can = Can {
        migrate: migrate.is_some(),
        own: own.as_ref().map(|own| Own {
            name: own.name,
            help: own.help,
        }),
    };
    let command = match cli::parse(std::env::args().skip(1), can) {
        Ok(command) => command,
        Err(error) => {
            complain(&about, &error);
            complain_more(cli::help(&about, can));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let Command {
        task,
        file,
        arguments,
    } = command;
    let source = Source::defaults(about.name, about.defaults)
        .file(file)
        .process_environment();
    match task {
        Task::Help => return say(cli::help(&about, can)),
        Task::Version => return say(format!("{} {}\n", about.name, about.version)),
        Task::Config => {
            // Loaded, too: the command finds every mistake that `serve` would find.
            return match config::load::<C>(&source).and_then(|_| config::show(&source)) {
                Ok(text) => say(text),
                Err(error) => refuse(&about, &error),
            };
        }
        Task::Serve | Task::Migrate | Task::Own | Task::Healthcheck => {}
    }
    let config = match config::load::<C>(&source) {
        Ok(config) => config,
        Err(error) => return refuse(&about, &error),
    };
    // An error means that someone installed one before: as good.
    let _installed_before = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut ended = ExitCode::SUCCESS;
    let outcome = runtime(task).and_then(|runtime| {
        let outcome = match (task, migrate, own) {
            (Task::Healthcheck, ..) => runtime.block_on(healthcheck::ask(config.admin().listen)),
            (Task::Migrate, Some(migrate), _) => {
                runtime.block_on(once(&about, config, Logs::Stdout, |config| async {
                    migrate(config).await.context("cannot migrate the database")
                }))
            }
            (Task::Own, _, Some(own)) => {
                let command = |config| (own.job)(config, arguments);
                let done = runtime.block_on(once(&about, config, Logs::Stderr, command));
                done.map(|code| ended = code)
            }
            _ => runtime.block_on(serve(&about, config, start)),
        };
        // Dropped, it would wait for blocking work without a deadline: a host name that
        // no one resolves, for example.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ended,
        Err(error) => {
            complain(&about, format!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

fn runtime(task: Task) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut runtime = match task {
        // Runs every few seconds beside the process, within the same limits: it takes no more threads.
        Task::Healthcheck => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// A job that ends by itself.
async fn once<C, Job, Done, T>(about: &About, config: C, logs: Logs, job: Job) -> anyhow::Result<T>
where
    C: Settings,
    Job: FnOnce(C) -> Done,
    Done: Future<Output = anyhow::Result<T>>,
{
    let guard = telemetry::init_to(config.telemetry(), about.process(), logs)?;
    let mut signals = Signals::listen()?;
    let done = tokio::select! {
        done = job(config) => done,
        // The first process of a container is not ended by a signal that it does not take.
        name = signals.next() => Err(anyhow::anyhow!("stopped by {name} before it was done")),
    };
    guard.flush().await;
    done
}

#[expect(
    clippy::disallowed_methods,
    reason = "a second signal means: now, without flushing"
)]
fn end_at_once() -> ! {
    std::process::exit(INTERRUPTED)
}

async fn serve<C, Start, Started>(about: &About, config: C, start: Start) -> anyhow::Result<()>
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
{
    let guard = telemetry::init(config.telemetry(), about.process())?;
    let shutdown = Shutdown::new(config.shutdown());
    end_on_signals(&shutdown)?;
    let started = tokio::select! {
        started = start(config, shutdown.clone()) => started,
        // A start that waits for something must not outlast a signal.
        _ = shutdown.stopped() => Err(anyhow::anyhow!("it was told to stop before it had started")),
    };
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
    let mut signals = Signals::listen()?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!(signal = name, "shutting down");
        shutdown.begin();
        signals.next().await;
        end_at_once();
    });
    Ok(())
}

/// What asks a process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
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
