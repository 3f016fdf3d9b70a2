//! What `cargo xtask prove` hands over: binaries, environments, servers with their credentials.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use serde::{Deserialize, Serialize};
use topology::variable;

/// The command line. `cargo xtask prove` passes everything but the plan on as people wrote it.
#[derive(Clone, Debug, Parser)]
#[command(name = "prove")]
pub struct Options {
    /// The file that xtask wrote
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,

    /// How long customers buy and harm is done
    #[arg(long, default_value_t = 3.0, value_name = "N")]
    pub minutes: f64,

    /// Decides what customers do and which harm comes when; drawn when it is missing
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Only this harm, comma-separated; `none` for a shop that is left alone
    #[arg(long, value_delimiter = ',', value_name = "FAULT,..")]
    pub faults: Vec<String>,

    /// Where the machine-readable report goes
    #[arg(long, default_value = "target/prove/report.json", value_name = "FILE")]
    pub report: PathBuf,

    /// Instead: kill each process and each server once, and measure how long recovery takes
    #[arg(long)]
    pub drill: bool,
}

/// Written by `xtask/src/prove.rs`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plan {
    /// The folder of the binaries.
    pub binaries: PathBuf,
    /// The private folder of this run.
    pub home: PathBuf,
    /// Where every process and server logs to.
    pub logs: PathBuf,
    /// The environment that joins the processes, by name of the process (`order`); every address in it
    /// is a process's or a server's own.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
    /// The servers.
    pub servers: Servers,
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
    /// Names the servers' processes; xtask writes it anew whenever it has started one again.
    pub state: PathBuf,
}

impl Plan {
    /// Reads what xtask wrote.
    ///
    /// # Errors
    /// When the file is missing or not a plan.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not a plan", file.display()))
    }

    /// A key of a process's configuration: `setting("sandbox", "provider.secret_key")`.
    ///
    /// # Errors
    /// When the plan does not set it.
    pub fn setting(&self, process: &str, key: &str) -> Result<&str> {
        let variable = variable(process, key);
        self.environments
            .get(process)
            .and_then(|environment| environment.get(&variable))
            .map(String::as_str)
            .with_context(|| format!("the plan does not set {variable}"))
    }
}
