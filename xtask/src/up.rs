//! `cargo xtask up`: the whole shop on this machine, from nothing to ready, and away again with Ctrl-C.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{build, target_folder};
use crate::interrupt;
use crate::project::Project;
use crate::servers::{Data, Servers, Source, Wanted};
use crate::state::{self, State};
use crate::terminal::{status, warning};

pub(crate) mod databases;
mod detach;
mod log;
pub(crate) mod once;
pub(crate) mod processes;
mod shop;
mod summary;

pub(crate) use processes::Processes;
use shop::Shop;

/// Options of `cargo xtask up`.
#[derive(Args)]
pub(crate) struct Options {
    /// Build with optimizations: slower to build, fast to run
    #[arg(long)]
    release: bool,

    /// Return when the shop is ready and leave it running until `cargo xtask down`
    #[arg(long)]
    detach: bool,

    /// Where PostgreSQL, RabbitMQ and Redis come from
    #[arg(long, value_enum, default_value_t)]
    servers: Source,
}

impl Options {
    /// Left running, with whatever servers there are.
    pub(crate) fn detached() -> Self {
        Self {
            release: false,
            detach: true,
            servers: Source::default(),
        }
    }
}

/// How often the supervisor looks after its processes.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the shop until it is interrupted, or leaves it running.
pub(crate) fn up(project: &Project, options: &Options) -> Result<()> {
    let home = project.home("up")?;
    if let Some(state) = State::load(&home).filter(|state| state.supervisor.is_running()) {
        let place = state.gateway.map_or_else(
            || "it is still starting".to_owned(),
            |port| format!("http://127.0.0.1:{port}"),
        );
        bail!("the shop is already running: {place}; `cargo xtask down` stops it");
    }
    // A run that was killed may have left its processes behind.
    state::stop(&home)?;
    // Asked now: the build below may put a new file in the place of this program.
    let program = std::env::current_exe()?;
    build(project, options.release, &[])?;
    if options.detach {
        return detach::run(&program, &home, options);
    }
    let outcome = supervise(project, options, &home);
    State::forget(&home);
    outcome
}

fn supervise(project: &Project, options: &Options, home: &Path) -> Result<()> {
    let begin = Instant::now();
    let mut state = State::begin()?;
    state.save(home)?;
    let wanted = Wanted {
        home,
        source: options.servers,
        data: Data::Kept,
    };
    let mut servers = Servers::start(wanted)?;
    state.processes = servers.identities();
    state.save(home)?;

    let mut processes = Processes::plan(home, &servers.addresses)?;
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
    // Before the addresses, which then stay in sight.
    shop.show_log();
    state.ready = true;
    state.gateway = Some(processes.gateway_port());
    status(
        "Ready",
        format!("in {:.1} s", begin.elapsed().as_secs_f32()),
    );
    summary::print(&processes, &servers.addresses, home);
    // Last, because whoever waits for it reads what we have printed so far.
    state.save(home)?;

    look_after(&mut servers, &mut shop, &mut state, home)?;
    status("Stopping", "the shop");
    shop.stop();
    servers.stop();
    status(
        "Stopped",
        "everything; the data is kept for the next time (`cargo xtask down --purge` removes it)",
    );
    Ok(())
}

/// Starts again what ends, until someone asks us to stop.
fn look_after(
    servers: &mut Servers,
    shop: &mut Shop,
    state: &mut State,
    home: &Path,
) -> Result<()> {
    while !interrupt::requested() {
        let revived = match servers.revive() {
            Ok(Some(ended)) => {
                warning(format!("{ended} ended; starting it again"));
                true
            }
            Ok(None) => false,
            Err(error) => {
                warning(format!("{error:#}"));
                false
            }
        };
        if shop.revive() || revived {
            state.processes = servers.identities();
            state.processes.extend(shop.identities());
            state.save(home)?;
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn binaries(project: &Project, options: &Options) -> Result<PathBuf> {
    let profile = if options.release { "release" } else { "debug" };
    let folder = target_folder(project)?.join(profile);
    anyhow::ensure!(
        folder.join("gateway").is_file(),
        "{} holds no binaries",
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

/// Stops the shop, and whatever a killed run of `up` or `test` left behind.
pub(crate) fn down(project: &Project, options: &DownOptions) -> Result<()> {
    let private = project.private();
    let home = private.join("up");
    let stopped = state::stop(&home).context("cannot stop the shop")?;
    let swept = state::sweep(&private)?;
    if options.purge {
        state::throw_away(&home)?;
    }
    let what = match (stopped, swept) {
        (true, _) => "the shop",
        (false, true) => "what a killed run left behind",
        (false, false) => "nothing: nothing was running",
    };
    status("Stopped", what);
    Ok(())
}
