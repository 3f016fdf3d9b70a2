//! `cargo xtask prove`: builds, starts private servers, writes the plan, and restarts servers that the nemesis kills.
//! `e2e/prove` does the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use serde::Serialize;

use crate::command::{build, target_folder};
use crate::interrupt;
use crate::process::{Process, stop_all};
use crate::project::{Project, make_folder, write_private};
use crate::servers::{Data, Origin, Requirements, Servers, Source, choose};
use crate::state::{self, State, remove_data, sweep};
use crate::terminal::{status, warning};
use crate::up::{Processes, databases, once};

mod recovery;

use recovery::Recovery;

const BINARIES: [&str; 7] = [
    "user", "catalog", "order", "payment", "sandbox", "gateway", "prove",
];
/// How often servers and `prove` are polled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How long `prove` may take to stop all processes.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Options of `cargo xtask prove`.
#[derive(Args)]
pub(crate) struct Options {
    /// How long clients buy while faults are injected
    #[arg(long, default_value_t = 3.0, value_name = "N")]
    minutes: f64,

    /// Seed of the clients' decisions and the fault schedule; random if it is missing, and printed
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// Inject only these faults, comma-separated: kill, pause, crash_postgres, ..; `none` injects no faults
    #[arg(long, default_value = "all", value_name = "FAULT,..")]
    faults: String,

    /// Where to write the JSON report
    #[arg(long, default_value = "target/prove/report.json", value_name = "FILE")]
    report: PathBuf,

    /// Instead, kill each process and each server once and measure the recovery time
    #[arg(long)]
    drill: bool,

    /// Instead, restart each replica in turn while clients buy, and count the requests that fail
    #[arg(long, conflicts_with = "drill")]
    rolling: bool,

    /// Instead, lose PostgreSQL and restore its databases to a moment in the middle of a busy minute
    #[arg(long, conflicts_with_all = ["drill", "rolling"])]
    restore: bool,

    /// With --restore: this service's database returns to an earlier moment than the others, so the run fails
    #[arg(long, value_name = "SERVICE", requires = "restore", value_parser = ["user", "catalog", "order", "payment"])]
    alone: Option<String>,

    /// Keep the logs of a clean run
    #[arg(long)]
    keep: bool,

    /// Build with optimizations
    #[arg(long)]
    release: bool,

    /// Use the binaries of the last build
    #[arg(long)]
    no_build: bool,
}

impl Options {
    /// A short run with a fixed seed, of faults or of restarts.
    fn for_ci(rolling: bool) -> Self {
        Self {
            minutes: 0.75,
            seed: Some(1),
            faults: "all".to_owned(),
            report: "target/prove/ci.json".into(),
            drill: false,
            rolling,
            restore: false,
            alone: None,
            keep: false,
            release: false,
            no_build: false,
        }
    }
}

/// The input of `prove`, which `e2e/prove/src/plan.rs` reads.
#[derive(Serialize)]
struct Plan<'a> {
    binaries: &'a Path,
    home: &'a Path,
    logs: PathBuf,
    environments: BTreeMap<&'a str, &'a BTreeMap<String, String>>,
    servers: PlanServers<'a>,
    /// The folder of requests to this process, and of archived WAL.
    recovery: Option<&'a Path>,
}

#[derive(Serialize)]
struct PlanServers<'a> {
    postgres: &'a str,
    amqp: &'a str,
    rabbitmq_api: &'a str,
    redis: &'a str,
    state: PathBuf,
}

/// The short runs of `cargo xtask ci`.
pub(crate) fn ci(project: &Project) -> Result<()> {
    prove(project, &Options::for_ci(false))?;
    prove(project, &Options::for_ci(true))
}

/// Runs `prove`. Afterwards everything is stopped and removed, except the logs of a failed run.
pub(crate) fn prove(project: &Project, options: &Options) -> Result<()> {
    // The nemesis kills processes, not containers; and a restore replaces the data folder of a process.
    let origin = choose(Source::System)?;
    if !options.no_build {
        build(project, options.release, &["prove"])?;
    }
    // Removes the logs of earlier failures.
    sweep(&project.private())?;
    let home = project.home(&format!("prove-{}", std::process::id()))?;
    let binaries = binaries(project, options, &home)?;
    let mut state = State::begin()?;
    state.save(&home)?;
    let outcome = on_servers(project, options, origin, &binaries, &home, &mut state);
    State::forget(&home);
    let is_failure = outcome.is_err() && !interrupt::requested();
    if !is_failure && !options.keep {
        remove_data(&home)?;
    } else {
        status(
            "Kept",
            format!("the logs in {}", home.join("log").display()),
        );
    }
    outcome
}

/// The folder of this run's binaries. A concurrent build does not change them: cargo writes new files.
fn binaries(project: &Project, options: &Options, home: &Path) -> Result<PathBuf> {
    let profile = if options.release { "release" } else { "debug" };
    let built = target_folder(project)?.join(profile);
    let folder = home.join("bin");
    make_folder(&folder)?;
    for name in BINARIES {
        let (from, to) = (built.join(name), folder.join(name));
        // Hard links do not cross file systems.
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(drop))
            .with_context(|| format!("{} is not built", from.display()))?;
    }
    Ok(folder)
}

fn on_servers(
    project: &Project,
    options: &Options,
    origin: Origin,
    binaries: &Path,
    home: &Path,
    state: &mut State,
) -> Result<()> {
    let requirements = Requirements {
        home,
        origin,
        data: match options.restore {
            true => Data::Archived,
            false => Data::CrashSafe,
        },
    };
    let mut servers = Servers::start(requirements)?;
    state.processes = servers.identities();
    state.save(home)?;
    let processes = Processes::plan(home, &servers.addresses)?;
    databases::create(&servers.sql, &processes)?;
    once::migrate(binaries, &processes)?;
    once::seed(binaries, &processes)?;

    let backups = servers.backups();
    let recovery_folder = options.restore.then(|| backups.folder().to_owned());
    let plan = home.join("plan.json");
    let addresses = &servers.addresses;
    let content = Plan {
        binaries,
        home,
        logs: home.join("log"),
        environments: processes
            .all
            .iter()
            .map(|process| (process.name(), &process.environment))
            .collect(),
        servers: PlanServers {
            postgres: &addresses.postgres,
            amqp: &addresses.amqp,
            rabbitmq_api: &addresses.rabbitmq_api,
            redis: &addresses.redis,
            state: state::file(home),
        },
        recovery: recovery_folder.as_deref(),
    };
    write_private(&plan, &serde_json::to_string_pretty(&content)?)?;
    let mut command = Command::new(binaries.join("prove"));
    command
        .current_dir(project.root())
        .arg("--plan")
        .arg(&plan)
        .args(["--minutes", &options.minutes.to_string()])
        .args(["--faults", &options.faults])
        .arg("--report")
        .arg(&options.report);
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if options.drill {
        command.arg("--drill");
    }
    if options.rolling {
        command.arg("--rolling");
    }
    if options.restore {
        command.arg("--restore");
    }
    if let Some(service) = &options.alone {
        command.args(["--alone", service]);
    }
    let mut recovery = options
        .restore
        .then(|| Recovery::new(&servers, options.alone.clone()));
    let prove = Process::spawn("prove", &mut command, home)?;
    state.processes.push(prove.identity.clone());
    state.save(home)?;
    let outcome = supervise(prove, &mut servers, recovery.as_mut(), home, state);
    servers.stop();
    outcome
}

/// Restarts killed servers, and answers the requests of `prove`, until it ends or this process is interrupted.
fn supervise(
    mut prove: Process,
    servers: &mut Servers,
    mut recovery: Option<&mut Recovery>,
    home: &Path,
    state: &mut State,
) -> Result<()> {
    loop {
        if let Some(end) = prove.exited() {
            // Kills the processes that it has not stopped.
            stop_all(vec![prove], Duration::ZERO);
            ensure!(end.success(), "prove failed ({end})");
            return Ok(());
        }
        if interrupt::requested() {
            stop_all(vec![prove], STOP_TIMEOUT);
            return Err(anyhow!("interrupted"));
        }
        let answered = match &mut recovery {
            Some(recovery) => recovery.answer(servers),
            None => Ok(false),
        };
        let holds = recovery.as_ref().is_some_and(|recovery| recovery.holds());
        let restarted = match answered {
            Ok(false) if !holds => servers.restart().map(|name| name.is_some()),
            answered => answered,
        };
        match restarted {
            // Prints nothing: `prove` displays the faults, on the same terminal.
            Ok(true) => {
                state.processes = servers.identities();
                state.processes.push(prove.identity.clone());
                state
                    .save(home)
                    .context("cannot save the pids of the servers")?;
            }
            Ok(false) => {}
            Err(error) => warning(format!("{error:#}")),
        }
        thread::sleep(POLL_INTERVAL);
    }
}
