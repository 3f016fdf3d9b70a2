//! Checks `.github`: actionlint and shellcheck for the workflows and their scripts, zizmor for their security.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{output, run};
use crate::project::Project;
use crate::python;
use crate::servers::install_packages;
use crate::skipped::Skipped;

const SCRIPTS: [&str; 4] = [
    ".github/tools/pin-images",
    ".github/tools/pin-third-party",
    ".github/tools/render-manifests",
    "deploy/terraform/overlay",
];

/// Runs the linters.
///
/// # Errors
/// A linter reports something, or is [`Skipped`].
pub(crate) fn pipelines(project: &Project) -> Result<()> {
    // Without it, actionlint ignores the scripts of all steps.
    if output(Command::new("shellcheck").arg("--version")).is_err() {
        install_packages(&["shellcheck"]).map_err(|obstacle| {
            Skipped(format!(
                "there is no shellcheck, a package of Debian: {obstacle:#}"
            ))
        })?;
    }
    let programs = python::programs(project, ".github/tools/requirements.txt")?;
    let lint = |program: &Path, arguments: &[&str]| {
        run(Command::new(program)
            .args(arguments)
            .current_dir(project.root()))
    };
    lint(&programs.join("actionlint"), &[])?;
    let zizmor = [
        "--offline",
        "--persona=pedantic",
        "--no-progress",
        "--quiet",
        ".github",
    ];
    lint(&programs.join("zizmor"), &zizmor)?;
    lint(Path::new("shellcheck"), &SCRIPTS)
}
