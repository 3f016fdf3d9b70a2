use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::cli::{self, Command, CommandSpec, Task};
use super::{About, Command as OwnCommand, Config, Program, Start, healthcheck};
use crate::config::{self, FromSections, Source};
use crate::shutdown::{Shutdown, Stopped};
use crate::telemetry::{self, Logs};

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
/// The exit code that a shell reports for an interrupted process.
const INTERRUPTED: i32 = 130;

pub(super) fn main<Own: FromSections>(mut program: Program<Own>) -> ExitCode {
    let about = program.about;
    let own: Vec<CommandSpec> = program.commands.iter().map(|own| own.spec).collect();
    let Command {
        task,
        file,
        arguments,
    } = match cli::parse(std::env::args().skip(1), &own) {
        Ok(command) => command,
        Err(error) => {
            print_error(&about, &error);
            print_stderr(cli::help(&about, &own));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match task {
        Task::Help => return print(cli::help(&about, &own)),
        Task::Version => return print(format!("{} {}\n", about.name, about.version)),
        Task::Config | Task::Serve | Task::Own(_) | Task::Healthcheck => {}
    }
    let source = Source::defaults(about).file(file).process_environment();
    let config = match config::load::<Config<Own>>(&source) {
        Ok(config) => config,
        Err(error) => return config_error(&about, &error),
    };
    if task == Task::Config {
        return config::show(&source).map_or_else(|error| config_error(&about, &error), print);
    }
    // Fails if a provider is installed already, which is fine.
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = runtime(task).and_then(|runtime| {
        let outcome = match task {
            Task::Healthcheck => runtime
                .block_on(healthcheck::check(config.admin.listen))
                .map(|()| ExitCode::SUCCESS),
            Task::Own(position) => {
                let command = program.commands.swap_remove(position);
                runtime.block_on(once(&about, command, config, arguments))
            }
            _ => runtime.block_on(serve(&about, program.start, config)),
        };
        // Dropping the runtime would wait without a deadline for blocking work, such as the lookup of
        // a host name.
        runtime.shutdown_background();
        outcome
    });
    outcome.unwrap_or_else(|error| {
        print_error(&about, format!("{error:#}"));
        ExitCode::from(FAILED)
    })
}

fn runtime(task: Task) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut runtime = match task {
        // Runs every few seconds within the limits of the process's container: one thread is enough.
        Task::Healthcheck => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Runs a command that ends.
async fn once<Own>(
    about: &About,
    command: OwnCommand<Own>,
    config: Config<Own>,
    arguments: Vec<String>,
) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init_to(&config.telemetry, about.into(), Logs::Stderr)?;
    let mut signals = Signals::listen()?;
    let done = tokio::select! {
        done = (command.run)(config, arguments) => {
            done.with_context(|| format!("cannot {}", command.spec.help))
        }
        // Needed because a signal without a handler does not end the first process of a container.
        name = signals.next() => Err(anyhow::anyhow!("stopped by {name} before it completed")),
    };
    guard.flush().await;
    done
}

#[expect(
    clippy::disallowed_methods,
    reason = "a second signal ends the process at once, without flushing"
)]
fn end_at_once() -> ! {
    std::process::exit(INTERRUPTED)
}

async fn serve<Own>(
    about: &About,
    start: Start<Own>,
    config: Config<Own>,
) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init(&config.telemetry, about.into())?;
    let shutdown = Shutdown::new(&config.shutdown);
    end_on_signals(&shutdown)?;
    let started = tokio::select! {
        started = start(config, shutdown.clone()) => started,
        // A start that waits for a resource must end on a signal.
        _ = shutdown.stopped() => Err(anyhow::anyhow!("a signal arrived before it had started")),
    };
    let outcome = match started.context("cannot start") {
        Ok(running) => {
            let (version, listen, admin) = (about.version, running.listen, running.admin);
            tracing::info!(version, %listen, %admin, "started");
            result_of(running.stopped().await)
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

fn result_of(stopped: Stopped) -> anyhow::Result<()> {
    match stopped {
        Stopped::Cleanly => {
            tracing::info!("stopped");
            Ok(())
        }
        Stopped::CutOff(what) => Err(anyhow::anyhow!(
            "stopped at the deadline, {what} were aborted; see shutdown.drain_ms and shutdown.stop_ms"
        )),
        Stopped::TaskEnded(name) => Err(anyhow::anyhow!(
            "stopped because the background task `{name}` ended; the log has the cause"
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

/// The signals that end a process.
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

fn config_error(about: &About, error: &config::ConfigError) -> ExitCode {
    print_error(about, error);
    print_stderr(format!(
        "`{} --help` lists the sources of the configuration.\n",
        about.name
    ));
    ExitCode::from(WRONG_USAGE)
}

fn print(text: impl Display) -> ExitCode {
    let _closed_pipe = write!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn print_error(about: &About, text: impl Display) {
    print_stderr(format!("{}: {text}\n", about.name));
}

fn print_stderr(text: impl Display) {
    let _closed_pipe = write!(std::io::stderr(), "{text}");
}
