//! `cargo xtask up` and `down`: start and stop the shop on this machine.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::command::{build, target_folder};
use crate::interrupt;
use crate::project::Project;
use crate::servers::{Data, Origin, Requirements, Servers, Source, choose};
use crate::state::{self, State};
use crate::terminal::{status, warning};

pub(crate) mod databases;
mod detach;
mod log;
pub(crate) mod once;
pub(crate) mod processes;
mod shop;
mod stripe;
mod summary;

pub(crate) use processes::Processes;
use shop::Shop;
use stripe::Stripe;

/// Options of `cargo xtask up`.
#[derive(Args)]
pub(crate) struct Options {
    /// Build with optimizations
    #[arg(long)]
    release: bool,

    /// Return when the shop is ready; `cargo xtask down` stops it
    #[arg(long)]
    detach: bool,

    /// Where PostgreSQL, RabbitMQ and Redis come from
    #[arg(long, value_enum, default_value_t)]
    servers: Source,

    /// What carries out payments. Stripe needs a test key, in `STRIPE_SECRET_KEY` or in the file that
    /// `STRIPE_SECRET_KEY_FILE` names
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
}

/// What carries out payments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Provider {
    /// The sandbox, a process of the shop
    #[default]
    Sandbox,
    /// Stripe's test mode
    Stripe,
}

impl Provider {
    fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
        }
    }
}

impl Options {
    /// In the background, with any servers.
    pub(crate) fn detached() -> Self {
        Self {
            release: false,
            detach: true,
            servers: Source::default(),
            provider: Provider::default(),
        }
    }
}

/// How often the supervisor checks its processes.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the shop until an interrupt, or starts it in the background.
pub(crate) fn up(project: &Project, options: &Options) -> Result<()> {
    let home = project.home("up")?;
    if let Some(state) = State::load(&home).filter(|state| state.supervisor.is_running()) {
        let place = state.gateway.map_or_else(
            || "it is still starting".to_owned(),
            |port| format!("http://127.0.0.1:{port}"),
        );
        bail!("the shop is already running: {place}; `cargo xtask down` stops it");
    }
    let stripe = match options.provider {
        Provider::Sandbox => None,
        Provider::Stripe => Some(Stripe::from_environment()?),
    };
    stripe::check_data(&home, options.provider.name())?;
    // Before the build and in the foreground: it may ask.
    let origin = choose(options.servers)?;
    // A killed run may have left processes.
    state::stop(&home)?;
    // Before the build, which may replace the file of this program.
    let program = std::env::current_exe()?;
    build(project, options.release, &[])?;
    if options.detach {
        return detach::run(&program, &home, options, origin);
    }
    let outcome = supervise(project, options, stripe.as_ref(), origin, &home);
    State::forget(&home);
    outcome
}

fn supervise(
    project: &Project,
    options: &Options,
    stripe: Option<&Stripe>,
    origin: Origin,
    home: &Path,
) -> Result<()> {
    let begin = Instant::now();
    let mut state = State::begin()?;
    state.save(home)?;
    let requirements = Requirements {
        home,
        origin,
        data: Data::Persistent,
    };
    let mut servers = Servers::start(requirements)?;
    state.processes = servers.identities();
    state.save(home)?;

    let mut processes = Processes::plan(home, &servers.addresses)?;
    if let Some(stripe) = stripe {
        stripe.replace_sandbox(&mut processes);
    }
    processes.write_mails_to(&summary::mails(home));
    processes.save(home, &servers.addresses)?;
    databases::create(&servers.sql, &processes)?;
    let binaries = binaries(project, options)?;
    state.binaries = Some(binaries.clone());
    once::migrate(&binaries, &processes)?;
    once::seed(&binaries, &processes)?;

    status("Starting", processes.names().join(", "));
    processes.release_ports();
    let mut shop = Shop::start(&binaries, home, &processes)?;
    state.processes.extend(shop.identities());
    state.save(home)?;
    shop.wait_until_ready()?;
    // Before the addresses, so that these are the last lines.
    shop.show_log();
    state.ready = true;
    state.gateway = Some(processes.gateway_port());
    status(
        "Ready",
        format!("in {:.1} s", begin.elapsed().as_secs_f32()),
    );
    summary::print(&processes, &servers.addresses, home);
    if let Some(stripe) = stripe {
        stripe.print(processes.gateway_port());
    }
    // Last: `detach` waits for this, and then reads the output so far.
    state.save(home)?;

    keep_running(&mut servers, &mut shop, &mut state, home)?;
    status("Stopping", "the shop");
    shop.stop();
    servers.stop();
    status(
        "Stopped",
        "everything; the data is kept (`cargo xtask down --purge` removes it)",
    );
    Ok(())
}

/// Restarts processes that end, until an interrupt.
fn keep_running(
    servers: &mut Servers,
    shop: &mut Shop,
    state: &mut State,
    home: &Path,
) -> Result<()> {
    while !interrupt::requested() {
        let restarted = match servers.restart() {
            Ok(Some(ended)) => {
                warning(format!("{ended} ended; restarting it"));
                true
            }
            Ok(None) => false,
            Err(error) => {
                warning(format!("{error:#}"));
                false
            }
        };
        if shop.restart() || restarted {
            state.processes = servers.identities();
            state.processes.extend(shop.identities());
            state.save(home)?;
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

fn binaries(project: &Project, options: &Options) -> Result<PathBuf> {
    let profile = if options.release { "release" } else { "debug" };
    let folder = target_folder(project)?.join(profile);
    anyhow::ensure!(
        folder.join("gateway").is_file(),
        "{} has no binaries",
        folder.display()
    );
    Ok(folder)
}

/// Options of `cargo xtask down`.
#[derive(Args, Default)]
pub(crate) struct DownOptions {
    /// Also remove the shop's data
    #[arg(long)]
    pub(crate) purge: bool,
}

/// Stops the shop and the leftovers of killed runs of `up`, `test` and `prove`.
pub(crate) fn down(project: &Project, options: &DownOptions) -> Result<()> {
    let private = project.private();
    let home = private.join("up");
    let stopped = state::stop(&home).context("cannot stop the shop")?;
    let swept = state::sweep(&private)?;
    if options.purge {
        state::remove_data(&home)?;
    }
    let what = match (stopped, swept) {
        (true, _) => "the shop",
        (false, true) => "the leftovers of a killed run",
        (false, false) => "nothing; nothing was running",
    };
    status("Stopped", what);
    Ok(())
}
