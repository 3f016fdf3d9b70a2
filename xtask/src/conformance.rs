//! `cargo xtask conformance`: compares the running API with its document, by schemathesis, as a guest, a customer and staff.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::command::run;
use crate::project::Project;
use crate::state::State;
use crate::terminal::{line, status};
use crate::{python, up};

/// What `hooks.py` signs in as.
const ROLES: [&str; 3] = ["guest", "customer", "staff"];
/// Generated requests guess passwords, and the run must sign in meanwhile.
const SIGN_INS: [(&str, &str); 2] = [
    ("USER__SIGN_IN__NETWORK__BURST", "1000000"),
    ("USER__SIGN_IN__ACCOUNT__BURST", "1000000"),
];

/// Options of `cargo xtask conformance`.
#[derive(Args)]
pub(crate) struct Options {
    /// Generated requests of each operation and role, beside the examples and the limits of the document
    #[arg(long, default_value_t = 50)]
    examples: u32,

    /// Only as these roles: guest, customer, staff
    #[arg(long, value_delimiter = ',', value_parser = ROLES, default_values_t = ROLES.map(str::to_owned))]
    roles: Vec<String>,
}

/// What `hooks.py` counted in one run.
#[derive(Deserialize)]
struct Report {
    cases: u64,
    exceptions: BTreeMap<String, u64>,
    /// By operation, then by status.
    statuses: BTreeMap<String, BTreeMap<u16, u64>>,
}

/// Starts a shop without rate limits, and stops it afterwards.
pub(crate) fn conformance(project: &Project, options: &Options) -> Result<()> {
    let programs = python::programs(project, "e2e/conformance/requirements.txt")?;
    let home = project.private().join("up");
    if State::load(&home).is_some_and(|state| state.supervisor.is_running()) {
        bail!("a shop is running; stop it first: `cargo xtask down`");
    }
    let mut shop = Command::new(std::env::current_exe()?);
    shop.args(["up", "--detach"])
        .env("GATEWAY__RATE_LIMIT__ENABLED", "false")
        .envs(SIGN_INS)
        .current_dir(project.root());
    let outcome = run(&mut shop).and_then(|()| {
        let state = State::load(&home).context("the shop has ended")?;
        let port = state.gateway.context("the shop is not ready")?;
        compare(project, &programs.join("st"), port, options)
    });
    up::down(project, &up::DownOptions { purge: true })?;
    outcome
}

fn compare(project: &Project, schemathesis: &Path, port: u16, options: &Options) -> Result<()> {
    let folder = project.root().join("e2e/conformance");
    let mut faults = Vec::new();
    let mut reached = BTreeMap::new();
    for role in &options.roles {
        let report = project.home("conformance")?.join(format!("{role}.json"));
        let mut command = Command::new(schemathesis);
        command
            .args(["--config-file", "schemathesis.toml", "run"])
            .arg(format!("http://127.0.0.1:{port}/openapi.json"))
            .args(["--max-examples", &options.examples.to_string()])
            .args(["--phases", "examples,coverage,fuzzing"])
            .args(["--continue-on-failure", "--warnings", "off", "--no-color"])
            .env("CONFORMANCE_ROLE", role)
            .env("CONFORMANCE_SHOP", format!("http://127.0.0.1:{port}"))
            .env("CONFORMANCE_REPORT", &report)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&folder);
        if run(&mut command).is_err() {
            faults.push(role.as_str());
        }
        let text = std::fs::read_to_string(&report)
            .with_context(|| format!("schemathesis did not run as {role}"))?;
        let report: Report = serde_json::from_str(&text)?;
        status("Compared", format!("{} requests as {role}", report.cases));
        for (kind, count) in &report.exceptions {
            line(format!(
                "{count:>12} refused, which no schema foresees: {kind}"
            ));
        }
        for (operation, statuses) in report.statuses {
            let succeeded = statuses.keys().any(|status| (200..300).contains(status));
            *reached.entry(operation).or_insert(false) |= succeeded;
        }
    }
    let missed: Vec<_> = reached.iter().filter(|(_, reached)| !**reached).collect();
    status(
        "Reached",
        format!(
            "{} of {} operations with a success",
            reached.len() - missed.len(),
            reached.len()
        ),
    );
    for (operation, _) in missed {
        line(format!("{:>12} {operation}", "only refused"));
    }
    if !faults.is_empty() {
        bail!(
            "the API and its document differ, see above, as {}",
            faults.join(", ")
        );
    }
    Ok(())
}
