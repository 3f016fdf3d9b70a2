//! What the browser tests need: Chromium with its driver from Debian, and axe-core from npm. Without them the tests pass
//! without a check, and a warning says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::command::run;
use crate::project::Project;
use crate::servers::install_packages;
use crate::terminal::{status, warning};
use crate::tools;

const DRIVER: &str = "chromedriver";
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
/// What npm installs, with its version and hash.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The variables of the browser tests, for what this machine has or may install.
pub(crate) fn variables(project: &Project) -> Vec<(&'static str, PathBuf)> {
    let mut variables = Vec::new();
    match driver() {
        Ok(driver) => variables.push(("MERCANTILE_TEST_CHROMEDRIVER", driver)),
        Err(obstacle) => {
            warning(format!(
                "SKIPPED: the browser tests; install Debian's {} ({obstacle:#})",
                PACKAGES.join(" and ")
            ));
            return variables;
        }
    }
    match axe(project) {
        Ok(axe) => variables.push(("MERCANTILE_TEST_AXE", axe)),
        Err(obstacle) => warning(format!(
            "SKIPPED: the check of the pages by axe-core, which npm installs ({obstacle:#})"
        )),
    }
    variables
}

fn driver() -> Result<PathBuf> {
    if !is_installed() {
        install_packages(&PACKAGES)?;
    }
    Ok(PathBuf::from(DRIVER))
}

fn is_installed() -> bool {
    let mut driver = Command::new(DRIVER);
    let version = driver.arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// axe-core in the folder of tools.
fn axe(project: &Project) -> Result<PathBuf> {
    let from = project.root().join("e2e/browser");
    let home = tools::folder(project).join("browser");
    let script = home.join("node_modules/axe-core/axe.min.js");
    if !script.is_file() || !is_same(&from, &home) {
        status("Installing", "axe-core; this is done once");
        fs::create_dir_all(&home)?;
        for file in FILES {
            fs::copy(from.join(file), home.join(file)).with_context(|| file.to_owned())?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(&home))?;
    }
    Ok(script)
}

/// Whether the same version is installed.
fn is_same(from: &Path, home: &Path) -> bool {
    FILES.iter().all(|file| {
        let wanted = fs::read(from.join(file)).ok();
        wanted.is_some() && wanted == fs::read(home.join(file)).ok()
    })
}
