//! Where `promtool` comes from: the PATH, Debian's package unpacked into our folder of tools, or Prometheus' image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{getegid, geteuid};

use crate::command::output;
use crate::project::{Project, make_folder};
use crate::terminal::status;
use crate::tools;

/// The image of `docker-compose.yml` is pinned further; here any of this generation will do.
const IMAGE: &str = "prom/prometheus:v3";

/// A promtool that runs.
pub(super) enum Promtool {
    Program(PathBuf),
    /// In the image, with the checkout mounted.
    Image,
}

impl Promtool {
    pub(super) fn find(project: &Project) -> Result<Self> {
        let on_path = PathBuf::from("promtool");
        if runs(&on_path) {
            return Ok(Self::Program(on_path));
        }
        let unpacked = tools::folder(project).join("prometheus");
        let ours = unpacked.join("usr/bin/promtool");
        if runs(&ours) {
            return Ok(Self::Program(ours));
        }
        let unpacked = unpack(&unpacked);
        if unpacked.is_ok() && runs(&ours) {
            return Ok(Self::Program(ours));
        }
        if has_image() {
            return Ok(Self::Image);
        }
        unpacked.context("not on the PATH, no image")?;
        bail!("{} does not run", ours.display());
    }

    /// Paths in its arguments are from the root of the checkout.
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
                    // Ours to read, not everybody's.
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

/// Debian's package `prometheus`, unpacked and not installed: nothing of it is to start on this machine.
fn unpack(folder: &Path) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        bail!("not on Debian");
    }
    status("Unpacking", "Debian's package prometheus, for promtool");
    let draft = folder.with_extension("draft");
    let _never_made = fs::remove_dir_all(&draft);
    make_folder(&draft)?;
    let download = || {
        let mut command = Command::new("apt-get");
        command.args(["download", "--quiet=2", "prometheus"]);
        output(command.current_dir(&draft).stderr(Stdio::null()))
    };
    if download().is_err() {
        // The lists of packages are missing or old. Needs to be root.
        output(Command::new("apt-get").args(["update", "--quiet=2"]))?;
        download()?;
    }
    let package = fs::read_dir(&draft)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|found| found == "deb"))
        .context("apt-get downloaded nothing")?;
    output(Command::new("dpkg").arg("-x").arg(&package).arg(&draft))?;
    fs::remove_file(package)?;
    let _never_made = fs::remove_dir_all(folder);
    fs::rename(draft, folder)?;
    Ok(())
}
