//! `cargo xtask prove`: servers of its own, the shop as many processes, customers, harm, and a check that nothing was
//! lost. This part prepares, and starts servers again that were killed; `e2e/prove` does the rest.

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
use crate::servers::{Data, Servers, Source, Wanted};
use crate::state::{self, State, sweep, throw_away};
use crate::terminal::{status, warning};
use crate::up::{Processes, databases, once};

const BINARIES: [&str; 7] = [
    "user", "catalog", "order", "payment", "sandbox", "gateway", "prove",
];
/// How often the servers are looked after.
const LOOK: Duration = Duration::from_millis(100);
/// How long `prove` may take to stop all processes.
const STOP: Duration = Duration::from_secs(15);

/// Options of `cargo xtask prove`.
#[derive(Args)]
pub(crate) struct Options {
    /// How long customers buy and harm is done
    #[arg(long, default_value_t = 3.0, value_name = "N")]
    minutes: f64,

    /// Decides what customers do and which harm comes when; drawn and printed when it is missing
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// Only this harm, comma-separated: kill, freeze, crash_postgres, ..; `none` leaves the shop alone
    #[arg(long, default_value = "all", value_name = "FAULT,..")]
    faults: String,

    /// Where the machine-readable report goes
    #[arg(long, default_value = "target/prove/report.json", value_name = "FILE")]
    report: PathBuf,

    /// Instead: kill each process and each server once, and measure how long recovery takes
    #[arg(long)]
    drill: bool,

    /// Keep the logs of a clean run, too
    #[arg(long)]
    keep: bool,

    /// Build with optimizations: slower to build, fast to run
    #[arg(long)]
    release: bool,

    /// Take the binaries that were built last
    #[arg(long)]
    no_build: bool,
}

impl Options {
    /// Short, and the same every time.
    fn for_ci() -> Self {
        Self {
            minutes: 0.75,
            seed: Some(1),
            faults: "all".to_owned(),
            report: "target/prove/ci.json".into(),
            drill: false,
            keep: false,
            release: false,
            no_build: false,
        }
    }
}

/// What `prove` is told; read by `e2e/prove/src/plan.rs`.
#[derive(Serialize)]
struct Plan<'a> {
    binaries: &'a Path,
    home: &'a Path,
    logs: PathBuf,
    environments: BTreeMap<&'a str, &'a BTreeMap<String, String>>,
    servers: PlanServers<'a>,
}

#[derive(Serialize)]
struct PlanServers<'a> {
    postgres: &'a str,
    amqp: &'a str,
    rabbitmq_api: &'a str,
    redis: &'a str,
    state: PathBuf,
}

/// The short run of `cargo xtask ci`.
pub(crate) fn ci(project: &Project) -> Result<()> {
    prove(project, &Options::for_ci())
}

/// Runs the proof; everything is stopped and thrown away whatever happens, but the logs of a failure are kept.
pub(crate) fn prove(project: &Project, options: &Options) -> Result<()> {
    if !options.no_build {
        build(project, options.release, &["prove"])?;
    }
    // Logs of failures are kept until here.
    sweep(&project.private())?;
    let home = project.home(&format!("prove-{}", std::process::id()))?;
    let binaries = binaries(project, options, &home)?;
    let mut state = State::begin()?;
    state.save(&home)?;
    let outcome = on_servers(project, options, &binaries, &home, &mut state);
    State::forget(&home);
    let is_wanted = outcome.is_err() && !interrupt::requested();
    if !is_wanted && !options.keep {
        throw_away(&home)?;
    } else {
        status(
            "Kept",
            format!("the logs in {}", home.join("log").display()),
        );
    }
    outcome
}

/// The binaries of this run, which stay what they are when somebody builds meanwhile: cargo writes new files.
fn binaries(project: &Project, options: &Options, home: &Path) -> Result<PathBuf> {
    let profile = if options.release { "release" } else { "debug" };
    let built = target_folder(project)?.join(profile);
    let ours = home.join("bin");
    make_folder(&ours)?;
    for name in BINARIES {
        let (from, to) = (built.join(name), ours.join(name));
        // A copy where the folders are on different disks.
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(drop))
            .with_context(|| format!("{} is not built", from.display()))?;
    }
    Ok(ours)
}

fn on_servers(
    project: &Project,
    options: &Options,
    binaries: &Path,
    home: &Path,
    state: &mut State,
) -> Result<()> {
    let wanted = Wanted {
        home,
        // Killing a server takes a process to kill.
        source: Source::System,
        data: Data::CrashSafe,
    };
    let mut servers = Servers::start(wanted)?;
    state.processes = servers.identities();
    state.save(home)?;
    let processes = Processes::plan(home, &servers.addresses)?;
    databases::create(&servers.sql, &processes)?;
    once::migrate(binaries, &processes)?;
    once::seed(binaries, &processes)?;

    let plan = home.join("plan.json");
    let addresses = &servers.addresses;
    let content = Plan {
        binaries,
        home,
        logs: home.join("log"),
        environments: processes
            .all
            .iter()
            .map(|launch| (launch.name(), &launch.environment))
            .collect(),
        servers: PlanServers {
            postgres: &addresses.postgres,
            amqp: &addresses.amqp,
            rabbitmq_api: &addresses.rabbitmq_api,
            redis: &addresses.redis,
            state: state::file(home),
        },
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
    let prove = Process::spawn("prove", &mut command, home)?;
    state.processes.push(prove.identity.clone());
    state.save(home)?;
    let outcome = look_after(prove, &mut servers, home, state);
    servers.stop();
    outcome
}

/// Starts servers again that were killed, until `prove` ends or someone asks us to stop.
fn look_after(
    mut prove: Process,
    servers: &mut Servers,
    home: &Path,
    state: &mut State,
) -> Result<()> {
    loop {
        if let Some(end) = prove.exited() {
            // What it has started and could not stop.
            stop_all(vec![prove], Duration::ZERO);
            ensure!(end.success(), "the proof failed ({end})");
            return Ok(());
        }
        if interrupt::requested() {
            stop_all(vec![prove], STOP);
            return Err(anyhow!("interrupted"));
        }
        match servers.revive() {
            // No word about it: `prove` shows what is broken, and draws over the same terminal.
            Ok(Some(_)) => {
                state.processes = servers.identities();
                state.processes.push(prove.identity.clone());
                state.save(home).context("cannot write down what runs")?;
            }
            Ok(None) => {}
            Err(error) => warning(format!("{error:#}")),
        }
        thread::sleep(LOOK);
    }
}
