//! Finds `kubectl`: on the PATH, or as a package of PyPI in the folder of tools.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::command::output;
use crate::project::Project;
use crate::python;

/// A kubectl that can render a kustomization. Any version with Kustomize 5 renders the same objects.
///
/// # Errors
/// [`Skipped`](crate::skipped::Skipped) if there is none and none can be installed.
pub(super) fn find(project: &Project) -> Result<PathBuf> {
    let on_path = PathBuf::from("kubectl");
    if renders(&on_path) {
        return Ok(on_path);
    }
    let own = python::programs(project, "e2e/manifests/requirements.txt")?.join("kubectl");
    ensure!(renders(&own), "{} cannot be executed", own.display());
    Ok(own)
}

fn renders(kubectl: &Path) -> bool {
    let version = output(
        Command::new(kubectl)
            .args(["version", "--client"])
            .stderr(Stdio::null()),
    );
    version.is_ok_and(|text| text.contains("Kustomize Version: v5."))
}
