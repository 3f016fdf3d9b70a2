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

/// As whom `hooks.py` sends requests.
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

    /// Generate the same requests as the run that printed this seed
    #[arg(long)]
    seed: Option<u64>,

    /// Only as these roles: guest, customer, staff
    #[arg(long, value_delimiter = ',', value_parser = ROLES, default_values_t = ROLES.map(str::to_owned))]
    roles: Vec<String>,
}

/// A short run: the examples and the limits of the document, and one generated request each. They are the same in each run, so
/// that a difference is one of the change under test.
pub(crate) fn ci(project: &Project) -> Result<()> {
    let options = Options {
        examples: 1,
        seed: Some(1),
        roles: ROLES.map(str::to_owned).to_vec(),
    };
    conformance(project, &options)
}

/// What a program counted in one run.
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
        let run = Run {
            project,
            programs: &programs,
            home: &home,
            url: format!("http://127.0.0.1:{port}"),
        };
        run.compare(options)
    });
    up::down(project, &up::DownOptions { purge: true })?;
    outcome
}

/// A shop that runs, and the programs that send requests to it.
struct Run<'a> {
    project: &'a Project,
    programs: &'a Path,
    home: &'a Path,
    url: String,
}

impl Run<'_> {
    /// Runs a program; returns its counts, and whether nothing differed.
    fn of(&self, name: &str, program: &str, arguments: &[&str]) -> Result<(Report, bool)> {
        let report = self
            .project
            .home("conformance")?
            .join(format!("{name}.json"));
        // One of an earlier run would count for this one.
        if report.is_file() {
            std::fs::remove_file(&report)?;
        }
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .env("CONFORMANCE_ROLE", name)
            .env("CONFORMANCE_SHOP", &self.url)
            .env("CONFORMANCE_HOME", self.home)
            .env("CONFORMANCE_REPORT", &report)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", ".")
            .current_dir(self.project.root().join("e2e/conformance"));
        let same = run(&mut command).is_ok();
        let text = std::fs::read_to_string(&report)
            .with_context(|| format!("{program} did not run as {name}"))?;
        let report: Report = serde_json::from_str(&text)?;
        status("Compared", format!("{} answers as {name}", report.cases));
        for (kind, count) in &report.exceptions {
            line(format!(
                "{count:>12} refused, which no schema foresees: {kind}"
            ));
        }
        Ok((report, same))
    }

    fn compare(&self, options: &Options) -> Result<()> {
        // First, while the demo catalog is unchanged.
        let mut runs = vec![self.of("journeys", "python", &["journeys.py"])?];
        let document = format!("{}/openapi.json", self.url);
        let examples = options.examples.to_string();
        let seed = options.seed.map(|seed| seed.to_string());
        let mut arguments = vec!["--config-file", "schemathesis.toml", "run", &document];
        arguments.extend(["--max-examples", &examples]);
        arguments.extend(["--phases", "examples,coverage,fuzzing"]);
        arguments.extend(seed.iter().flat_map(|seed| ["--seed", seed.as_str()]));
        arguments.extend(["--continue-on-failure", "--warnings", "off", "--no-color"]);
        for role in &options.roles {
            runs.push(self.of(role, "st", &arguments)?);
        }
        let mut reached = BTreeMap::new();
        for (operation, statuses) in runs.iter().flat_map(|(report, _)| &report.statuses) {
            let succeeded = statuses.keys().any(|status| (200..400).contains(status));
            *reached.entry(operation).or_insert(false) |= succeeded;
        }
        let missed: Vec<_> = reached.iter().filter(|(_, reached)| !**reached).collect();
        let counts = format!(
            "{} of {} operations with a success",
            reached.len() - missed.len(),
            reached.len()
        );
        status("Reached", counts);
        for (operation, _) in &missed {
            line(format!("{:>12} {operation}", "only refused"));
        }
        if runs.iter().any(|(_, same)| !same) {
            bail!("the API and its document differ, see above");
        }
        // One role does not reach everything.
        if options.roles.len() == ROLES.len() && !missed.is_empty() {
            bail!(
                "no request succeeded at the operations above: add them to e2e/conformance/journeys.py"
            );
        }
        Ok(())
    }
}
