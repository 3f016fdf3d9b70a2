//! `cargo xtask ci`: all checks of CI. It continues after a failure and prints a summary.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{cargo, run};
use crate::interrupt;
use crate::project::Project;
use crate::skipped::Skipped;
use crate::terminal::{failure, line, status, warning};
use crate::tools::{self, Tool};
use crate::{compose, conformance, deploy, pipelines, prove, readme, rules, schema, test, tidy};

const DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    binary: "cargo-deny",
    features: &[],
};

type Step = (&'static str, fn(&Project) -> Result<()>);

/// Fast checks first.
const STEPS: [Step; 14] = [
    ("format", format),
    ("tidy", tidy::tidy),
    ("rules", rules::rules),
    ("clippy", clippy),
    ("docs", docs),
    ("dependencies", dependencies),
    ("schema", |project| {
        schema::schema(project, &schema::Options::check())
    }),
    ("pipelines", pipelines::pipelines),
    ("deploy", deploy::check),
    ("readme", readme::readme),
    ("conformance", conformance::ci),
    ("tests", test::all),
    ("prove", prove::ci),
    ("compose", compose::ci),
];

/// Runs every step.
pub(crate) fn ci(project: &Project) -> Result<()> {
    let mut outcomes = Vec::new();
    for (name, step) in STEPS {
        status("Checking", name);
        let begin = Instant::now();
        let outcome = step(project);
        interrupt::check()?;
        match &outcome {
            Ok(()) => {}
            Err(error) if error.is::<Skipped>() => warning(format!("{name} is {error}")),
            Err(error) => failure(format!("{name}: {error:#}")),
        }
        outcomes.push((name, begin.elapsed(), outcome));
    }
    line("");
    for (name, time, outcome) in &outcomes {
        let result = match outcome {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        let result = result.lines().next().unwrap_or_default();
        line(format!(
            "  {name:<14}{:>7.1} s  {result}",
            time.as_secs_f32()
        ));
    }
    line("");
    let failed = outcomes
        .iter()
        .filter_map(|(_, _, outcome)| outcome.as_ref().err())
        .filter(|error| !error.is::<Skipped>())
        .count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", STEPS.len());
    }
    Ok(())
}

fn format(project: &Project) -> Result<()> {
    run(cargo(project).args(["fmt", "--all", "--check"]))
}

fn clippy(project: &Project) -> Result<()> {
    run(cargo(project).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// A broken link in the documentation is an error.
fn docs(project: &Project) -> Result<()> {
    let mut command = cargo(project);
    command.args([
        "doc",
        "--workspace",
        "--no-deps",
        "--locked",
        "--document-private-items",
    ]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn dependencies(project: &Project) -> Result<()> {
    let deny = tools::find_or_build(project, &DENY)?;
    let check = |what: &[&str]| {
        let mut command = cargo(project);
        let path = std::env::var_os("PATH").unwrap_or_default();
        // cargo finds `cargo-deny` on the PATH.
        let folder = deny
            .parent()
            .map(std::path::Path::to_owned)
            .unwrap_or_default();
        let path =
            std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)));
        command
            .args(["deny", "--workspace", "--locked", "--log-level", "error"])
            .args(what);
        if let Ok(path) = path {
            command.env("PATH", path);
        }
        command
    };
    run(&mut check(&["check", "licenses", "bans", "sources"]))?;
    let database = check(&["fetch", "db"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if database.is_ok_and(|status| status.success()) {
        return run(&mut check(&["check", "--disable-fetch", "advisories"]));
    }
    warning("advisories are NOT checked: their database cannot be downloaded");
    Ok(())
}
