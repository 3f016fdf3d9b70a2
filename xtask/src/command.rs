//! Runs other programs in the foreground. Their failure is an error, and Ctrl-C stops them.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::interrupt;
use crate::project::Project;

/// Time from SIGTERM to SIGKILL.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The `cargo` that runs xtask, in the root of the workspace.
pub(crate) fn cargo(project: &Project) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project.root());
    // cargo sets these for xtask; they must not affect the next build.
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_string_lossy();
        if inherited.starts_with("CARGO_PKG_") || inherited.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Builds the binaries of the shop and of the packages in `tools`. The features of their dependencies are those of
/// `cargo xtask test` (see `shared/chassis/Cargo.toml`), so that both share the compiled dependencies.
pub(crate) fn build(project: &Project, release: bool, tools: &[&str]) -> Result<()> {
    let mut command = cargo(project);
    command.args(["build", "--bins", "--locked"]);
    let shop = topology::PROCESSES.iter().map(|process| process.name);
    for package in shop.chain(tools.iter().copied()) {
        command.args(["--package", package]);
    }
    if release {
        command.arg("--release");
    }
    run(&mut command)
}

/// cargo's target folder.
pub(crate) fn target_folder(project: &Project) -> Result<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let text =
        output(cargo(project).args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let Metadata { target_directory } = serde_json::from_str(&text).context("cargo metadata")?;
    Ok(target_directory)
}

/// Runs the command to its end. If it fails, the error names it.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = status(command, STOP_TIMEOUT)?;
    interrupt::check()?;
    ensure!(status.success(), "`{shown}` failed ({status})");
    Ok(())
}

/// Runs the command to its end. After an interrupt it gets SIGTERM, and SIGKILL if it still runs after `timeout`.
pub(crate) fn status(command: &mut Command, timeout: Duration) -> Result<ExitStatus> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {shown}"))?;
    let mut stopped_at = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        // A terminal also sends Ctrl-C to the child; `kill` does not.
        match stopped_at {
            None if interrupt::requested() => {
                stopped_at = Some(Instant::now());
                if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                    let _has_ended = kill_process(pid, Signal::TERM);
                }
            }
            Some(stopped_at) if stopped_at.elapsed() > timeout => child.kill()?,
            _ => {}
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs the command and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {shown}"))?;
    ensure!(
        output.status.success(),
        "`{shown}` failed ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The command line, with the program's name instead of its path.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words: Vec<_> = std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}
