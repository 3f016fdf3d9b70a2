//! `cargo xtask deploy check`: builds and runs the check of the manifests of Kubernetes, `e2e/manifests`, then linters.
//! `cargo xtask deploy cluster`: the shop in a real cluster.

use std::process::Command as Program;

use anyhow::Result;
use clap::Subcommand;

use crate::command::{cargo, run, target_folder};
use crate::project::Project;
use crate::skipped::Skipped;
use crate::terminal::warning;

mod cluster;
mod kubectl;
mod linters;

/// Commands of `cargo xtask deploy`.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Render every overlay and every combination of components, and check them
    Check,
    /// Run the shop in a cluster of kind, replace every pod and drain a node under load
    Cluster(cluster::Options),
}

/// Runs a command.
pub(crate) fn deploy(project: &Project, command: &Command) -> Result<()> {
    match command {
        Command::Check => check(project),
        Command::Cluster(options) => cluster::cluster(project, options),
    }
}

/// Checks the manifests. Skipped if there is no kubectl, which renders them, and none can be installed. Without PyPI only
/// the linters are left out.
pub(crate) fn check(project: &Project) -> Result<()> {
    let kubectl = kubectl::find(project)?;
    run(cargo(project).args(["build", "--quiet", "--locked", "--package", "manifests"]))?;
    run(
        Program::new(target_folder(project)?.join("debug/manifests"))
            .arg(&kubectl)
            .current_dir(project.root()),
    )?;
    match linters::lint(project, &kubectl) {
        Err(error) if error.is::<Skipped>() => {
            warning(format!("checkov and hadolint are {error}"));
            Ok(())
        }
        outcome => outcome,
    }
}
