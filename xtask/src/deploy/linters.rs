//! checkov for the rendered manifests and hadolint for the Dockerfile. Their configuration, with the reason of each
//! exception, is in `e2e/manifests/linters`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{output, run};
use crate::project::Project;
use crate::python;
use crate::terminal::status;

const FOLDER: &str = "e2e/manifests/linters";
const DOCKERFILE: &str = "deploy/docker/Dockerfile";
const OVERLAYS: &str = "deploy/kubernetes/overlays";

/// Runs both.
///
/// # Errors
/// A linter reports something, or is [`Skipped`](crate::skipped::Skipped): it cannot be installed.
pub(super) fn lint(project: &Project, kubectl: &Path) -> Result<()> {
    let programs = python::programs(project, &format!("{FOLDER}/requirements.txt"))?;
    let root = project.root();
    run(Command::new(programs.join("hadolint"))
        .arg(DOCKERFILE)
        .current_dir(root))?;
    let rendered = project.home("deploy")?.join("rendered");
    for (configuration, is_local) in [("checkov.yaml", false), ("checkov-local.yaml", true)] {
        let _was_missing = fs::remove_dir_all(&rendered);
        fs::create_dir_all(&rendered)?;
        for folder in kustomizations(&root.join(OVERLAYS))? {
            let name = folder.strip_prefix(root.join(OVERLAYS))?;
            if name.starts_with("local") != is_local {
                continue;
            }
            let yaml = output(Command::new(kubectl).arg("kustomize").arg(&folder))?;
            let file = name.display().to_string().replace('/', "-") + ".yaml";
            fs::write(rendered.join(file), yaml)?;
        }
        run(Command::new(programs.join("checkov"))
            .args(["--config-file", &format!("{FOLDER}/{configuration}")])
            .arg("--directory")
            .arg(&rendered)
            .current_dir(root))?;
    }
    status(
        "Checked",
        format!("{DOCKERFILE} and {OVERLAYS} with linters"),
    );
    Ok(())
}

/// The folders below `folder` that can be rendered: no components, which are only parts.
fn kustomizations(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(path.join("kustomization.yaml")).unwrap_or_default();
        if text.lines().any(|line| line == "kind: Kustomization") {
            found.push(path.clone());
        }
        found.extend(kustomizations(&path)?);
    }
    Ok(found)
}
