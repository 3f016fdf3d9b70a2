//! `cargo xtask compose`: builds and runs the check of the shop in containers, `e2e/containers`.

use std::fs;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{cargo, run, status, target_folder};
use crate::interrupt;
use crate::project::Project;
use crate::skipped::{EXIT_SKIPPED, Skipped};

/// After an interrupt the check removes its containers. It is never killed, because they would stay.
const CLEAN_UP: Duration = Duration::MAX;

/// Options of `cargo xtask compose`.
#[derive(Args)]
pub(crate) struct Options {
    /// Check images that exist already, such as those of a release, instead of building some
    #[arg(long, value_name = "VERSION")]
    images: Option<String>,

    /// Leave the shop running afterwards
    #[arg(long)]
    keep: bool,
}

/// The step of `cargo xtask ci`: skipped if the shop cannot run in containers on this machine.
pub(crate) fn ci(project: &Project) -> Result<()> {
    let reason = project.home("compose")?.join("skipped");
    let mut check = build(project)?;
    check.arg("--skip-reason").arg(&reason);
    // Compiling takes most of the check, and nothing here measures speed.
    check.env("MERCANTILE_OPT_LEVEL", "1");
    let status = run_check(&mut check)?;
    outcome(status, || Ok(fs::read_to_string(&reason)?))
}

/// Runs the check. It fails if the shop cannot run in containers on this machine.
pub(crate) fn compose(project: &Project, options: &Options) -> Result<()> {
    let mut check = build(project)?;
    if let Some(version) = &options.images {
        check.args(["--images", version]);
    }
    if options.keep {
        check.arg("--keep");
    }
    let status = run_check(&mut check)?;
    outcome(status, || {
        bail!("the check exited as skipped without --skip-reason")
    })
}

/// Builds the check and returns the command that runs it.
fn build(project: &Project) -> Result<Command> {
    run(cargo(project).args(["build", "--locked", "--package", "containers"]))?;
    let mut command = Command::new(target_folder(project)?.join("debug/containers"));
    command.current_dir(project.root());
    Ok(command)
}

fn run_check(check: &mut Command) -> Result<ExitStatus> {
    let status = status(check, CLEAN_UP)?;
    interrupt::check()?;
    Ok(status)
}

/// What the exit status of the check means. `reason` reads why it was skipped.
fn outcome(status: ExitStatus, reason: impl FnOnce() -> Result<String>) -> Result<()> {
    if status.code() == Some(EXIT_SKIPPED.into()) {
        let reason =
            reason().context("the check of the containers was skipped without a reason")?;
        return Err(Skipped(reason).into());
    }
    if !status.success() {
        bail!("the check of the containers failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn outcome_of(code: i32) -> Result<()> {
        let status = ExitStatus::from_raw(code << 8);
        outcome(status, || Ok("no engine".to_owned()))
    }

    #[test]
    fn only_the_status_for_it_means_skipped() {
        assert!(outcome_of(0).is_ok());
        let skipped = outcome_of(77).expect_err("skipped");
        assert_eq!(skipped.to_string(), "SKIPPED: no engine");
        assert!(skipped.is::<Skipped>());
        let failed = outcome_of(1).expect_err("failed");
        assert!(!failed.is::<Skipped>());
    }

    #[test]
    fn a_check_that_was_killed_has_failed() {
        let killed = outcome(ExitStatus::from_raw(9), || Ok(String::new()));
        assert!(killed.is_err_and(|error| !error.is::<Skipped>()));
    }
}
