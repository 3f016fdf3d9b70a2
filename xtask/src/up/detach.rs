//! Runs the shop in the background.

use std::fs::File;
use std::io::{Read, Write, stdout};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::Options;
use crate::interrupt;
use crate::servers::Origin;
use crate::state::{self, State};
use crate::terminal::status;

/// Starts `program` (xtask) in the background and shows its output until the shop is ready.
pub(super) fn run(program: &Path, home: &Path, options: &Options, origin: Origin) -> Result<()> {
    let path = home.join("shop.log");
    let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut output = File::open(&path)?;
    let mut supervisor = Command::new(program);
    supervisor.arg("up");
    if options.release {
        supervisor.arg("--release");
    }
    if let Some(source) = origin.source().to_possible_value() {
        supervisor.args(["--servers", source.get_name()]);
    }
    supervisor.args(["--provider", options.provider.name()]);
    // In its own process group, so that Ctrl-C and the end of this terminal do not stop it.
    supervisor
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut supervisor = supervisor.spawn().context("cannot start the supervisor")?;
    loop {
        let ready = State::load(home).is_some_and(|state| state.ready);
        let ended = supervisor.try_wait()?;
        forward(&mut output)?;
        if ready && ended.is_none() {
            break;
        }
        if let Some(end) = ended {
            ensure!(end.success(), "the shop did not start ({end})");
        }
        if interrupt::requested() {
            state::stop(home)?;
            interrupt::check()?;
        }
        thread::sleep(Duration::from_millis(50));
    }
    status(
        "Running",
        format!("in the background; its log is {}", path.display()),
    );
    status("", "`cargo xtask down` stops it");
    Ok(())
}

fn forward(output: &mut File) -> Result<()> {
    let mut text = Vec::new();
    output.read_to_end(&mut text)?;
    let mut out = stdout().lock();
    let _closed_terminal = out.write_all(&text).and_then(|()| out.flush());
    Ok(())
}
