//! Finds `promtool`: on the PATH, in Debian's package unpacked to the folder of tools, or in Prometheus' image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{getegid, geteuid};

use crate::command::output;
use crate::project::{Project, make_folder};
use crate::servers::consent;
use crate::terminal::status;
use crate::tools;

/// Any version 3. `docker-compose.yml` pins its image exactly.
const IMAGE: &str = "prom/prometheus:v3";

/// A promtool that can be executed.
pub(super) enum Promtool {
    Program(PathBuf),
    /// In a container, with the checkout mounted.
    Image,
}

impl Promtool {
    pub(super) fn find(project: &Project) -> Result<Self> {
        let on_path = PathBuf::from("promtool");
        if runs(&on_path) {
            return Ok(Self::Program(on_path));
        }
        let unpacked = tools::folder(project).join("prometheus");
        let own = unpacked.join("usr/bin/promtool");
        if runs(&own) {
            return Ok(Self::Program(own));
        }
        let unpacked = unpack(&unpacked);
        if unpacked.is_ok() && runs(&own) {
            return Ok(Self::Program(own));
        }
        if has_image() {
            return Ok(Self::Image);
        }
        unpacked.context("not on the PATH, and no image")?;
        bail!("{} cannot be executed", own.display());
    }

    /// The command. Paths in its arguments are relative to the root of the checkout.
    pub(super) fn command(&self, project: &Project) -> Command {
        match self {
            Self::Program(path) => {
                let mut command = Command::new(path);
                command.current_dir(project.root());
                command
            }
            Self::Image => {
                let mut command = Command::new("docker");
                command
                    .args(["run", "--rm", "--network=none", "--workdir=/mercantile"])
                    // The files are readable for this user only.
                    .arg(format!(
                        "--user={}:{}",
                        geteuid().as_raw(),
                        getegid().as_raw()
                    ))
                    .arg("--volume")
                    .arg(format!("{}:/mercantile:ro", project.root().display()))
                    .args(["--entrypoint=promtool", IMAGE]);
                command
            }
        }
    }
}

fn runs(program: &Path) -> bool {
    output(Command::new(program).arg("--version").stderr(Stdio::null())).is_ok()
}

fn has_image() -> bool {
    output(Command::new("docker").args(["image", "inspect", "--format={{.Id}}", IMAGE])).is_ok()
}

/// Unpacks Debian's package `prometheus` without installing it: an installed Prometheus would start.
fn unpack(folder: &Path) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        bail!("not on Debian");
    }
    status("Unpacking", "Debian's package prometheus, for promtool");
    let draft = folder.with_extension("draft");
    let _was_missing = fs::remove_dir_all(&draft);
    make_folder(&draft)?;
    let download = || {
        let mut command = Command::new("apt-get");
        command.args(["download", "--quiet=2", "prometheus"]);
        output(command.current_dir(&draft).stderr(Stdio::null()))
    };
    if download().is_err() {
        // The package lists are missing or old. The update needs root, and changes the machine.
        ensure!(
            consent::is_given(),
            "apt-get finds no package: run `sudo apt-get update`, or this command with --install"
        );
        output(Command::new("apt-get").args(["update", "--quiet=2"]))?;
        download()?;
    }
    let package = fs::read_dir(&draft)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|found| found == "deb"))
        .context("apt-get downloaded nothing")?;
    output(Command::new("dpkg").arg("-x").arg(&package).arg(&draft))?;
    fs::remove_file(package)?;
    let _was_missing = fs::remove_dir_all(folder);
    fs::rename(draft, folder)?;
    Ok(())
}
