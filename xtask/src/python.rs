//! Environments for Python programs that the checks use, with pinned and hashed packages.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{output, run};
use crate::project::Project;
use crate::skipped::Skipped;
use crate::terminal::status;
use crate::tools;

/// The folder of the programs of an environment with the packages of `requirements`, a file of pip with hashes below the
/// root. Makes it, unless an earlier run did.
///
/// # Errors
/// [`Skipped`] if there is no Python, or the packages cannot be installed: CI then warns.
pub(crate) fn programs(project: &Project, requirements: &str) -> Result<PathBuf> {
    let requirements = project.root().join(requirements);
    let packages = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let mut hash = DefaultHasher::new();
    packages.hash(&mut hash);
    let home = tools::folder(project).join(format!("python-{:016x}", hash.finish()));
    let complete = home.join("complete");
    if !complete.is_file() {
        make(&home, &requirements).map_err(|obstacle| {
            Skipped(format!(
                "the packages of {} cannot be installed ({obstacle:#})",
                requirements.display()
            ))
        })?;
        fs::write(&complete, "")?;
    }
    Ok(home.join("bin"))
}

fn make(home: &Path, requirements: &Path) -> Result<()> {
    output(Command::new("python3").arg("--version")).context("there is no python3")?;
    status(
        "Installing",
        format!("{}; this is done once", requirements.display()),
    );
    let _was_missing = fs::remove_dir_all(home);
    run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    run(Command::new(home.join("bin/pip"))
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
        ])
        .arg(requirements))
}
