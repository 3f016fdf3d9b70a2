//! The command line, and the plan that `cargo xtask prove` writes: binaries, environments, servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use serde::{Deserialize, Serialize};
use topology::variable;

/// The command line. `cargo xtask prove` adds `--plan` and passes the other options through.
#[derive(Clone, Debug, Parser)]
#[command(name = "prove")]
pub struct Options {
    /// The plan that xtask wrote
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,

    /// How long clients buy while faults are injected
    #[arg(long, default_value_t = 3.0, value_name = "N")]
    pub minutes: f64,

    /// Seeds the clients' decisions and the fault schedule; drawn and printed when it is missing
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Inject only these faults, comma-separated; `none` injects no faults
    #[arg(long, value_delimiter = ',', value_name = "FAULT,..")]
    pub faults: Vec<String>,

    /// Where to write the JSON report
    #[arg(long, default_value = "target/prove/report.json", value_name = "FILE")]
    pub report: PathBuf,

    /// Instead: kill each process and each server once, and measure how long recovery takes
    #[arg(long)]
    pub drill: bool,
    /// Instead, restart every replica in turn while clients buy, and count the requests that fail.
    #[arg(long)]
    pub rolling: bool,
    /// Instead, restore the databases to a moment in the middle of a busy minute, and check what holds after that.
    #[arg(long)]
    pub restore: bool,
    /// With `--restore`: this service's database is restored to an earlier moment than the others.
    #[arg(long, value_name = "SERVICE", requires = "restore")]
    pub alone: Option<String>,
}

/// Written by `xtask/src/prove.rs`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plan {
    /// The folder of the binaries.
    pub binaries: PathBuf,
    /// The private folder of this run.
    pub home: PathBuf,
    /// The folder of the logs of every process and server.
    pub logs: PathBuf,
    /// The environment of each process, by its name (`order`). Addresses are those of the processes
    /// and servers themselves; the cluster replaces them by those of its proxies.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
    /// The servers.
    pub servers: Servers,
    /// With `--restore`: the folder of the archived WAL and of the requests to xtask.
    #[serde(default)]
    pub recovery: Option<PathBuf>,
}

/// Addresses of the servers, with credentials.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Servers {
    /// Superuser, database `postgres`.
    pub postgres: String,
    /// `amqp://user:password@host:port`, without a vhost.
    pub amqp: String,
    /// Management API: `http://user:password@host:port`.
    pub rabbitmq_api: String,
    /// `redis://:password@host:port`.
    pub redis: String,
    /// The file with the servers' pids. xtask rewrites it whenever it restarts a server.
    pub state: PathBuf,
}

impl Plan {
    /// Reads the plan.
    ///
    /// # Errors
    /// The file is missing or not a plan.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not a plan", file.display()))
    }

    /// A key of a process's configuration: `setting("sandbox", "provider.secret_key")`.
    ///
    /// # Errors
    /// The plan does not set it.
    pub fn setting(&self, process: &str, key: &str) -> Result<&str> {
        let variable = variable(process, key);
        self.environments
            .get(process)
            .and_then(|environment| environment.get(&variable))
            .map(String::as_str)
            .with_context(|| format!("the plan does not set {variable}"))
    }
}
