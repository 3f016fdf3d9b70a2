use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::cli::{self, Command, Task, Word};
use super::{About, Command as OwnCommand, Config, Program, Start, healthcheck};
use crate::config::{self, FromSections, Source};
use crate::shutdown::{Shutdown, Stopped};
use crate::telemetry::{self, Logs};

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
/// What a shell reports for a process that was interrupted.
const INTERRUPTED: i32 = 130;

pub(super) fn main<Own: FromSections>(mut program: Program<Own>) -> ExitCode {
    let about = program.about;
    let words: Vec<Word> = program.commands.iter().map(|own| own.word).collect();
    let Command {
        task,
        file,
        arguments,
    } = match cli::parse(std::env::args().skip(1), &words) {
        Ok(command) => command,
        Err(error) => {
            complain(&about, &error);
            complain_more(cli::help(&about, &words));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match task {
        Task::Help => return say(cli::help(&about, &words)),
        Task::Version => return say(format!("{} {}\n", about.name, about.version)),
        Task::Config | Task::Serve | Task::Own(_) | Task::Healthcheck => {}
    }
    let source = Source::defaults(about).file(file).process_environment();
    let config = match config::load::<Config<Own>>(&source) {
        Ok(config) => config,
        Err(error) => return refuse(&about, &error),
    };
    if task == Task::Config {
        return config::show(&source).map_or_else(|error| refuse(&about, &error), say);
    }
    // An error means that someone installed one before: as good.
    let _installed_before = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = runtime(task).and_then(|runtime| {
        let outcome = match task {
            Task::Healthcheck => runtime
                .block_on(healthcheck::ask(config.admin.listen))
                .map(|()| ExitCode::SUCCESS),
            Task::Own(position) => {
                let command = program.commands.swap_remove(position);
                runtime.block_on(once(&about, command, config, arguments))
            }
            _ => runtime.block_on(serve(&about, program.start, config)),
        };
        // Dropped, it would wait for blocking work without a deadline: a host name that
        // no one resolves, for example.
        runtime.shutdown_background();
        outcome
    });
    outcome.unwrap_or_else(|error| {
        complain(&about, format!("{error:#}"));
        ExitCode::from(FAILED)
    })
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

/// A command that ends by itself.
async fn once<Own>(
    about: &About,
    command: OwnCommand<Own>,
    config: Config<Own>,
    arguments: Vec<String>,
) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init_to(&config.telemetry, about.process(), Logs::Stderr)?;
    let mut signals = Signals::listen()?;
    let done = tokio::select! {
        done = (command.run)(config, arguments) => {
            done.with_context(|| format!("cannot {}", command.word.help))
        }
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

async fn serve<Own>(
    about: &About,
    start: Start<Own>,
    config: Config<Own>,
) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init(&config.telemetry, about.process())?;
    let shutdown = Shutdown::new(&config.shutdown);
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
    outcome.map(|()| ExitCode::SUCCESS)
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
