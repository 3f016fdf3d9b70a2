//! The shop's processes: started, waited for, started again when they end, stopped.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::log::Log;
use super::once::command;
use super::processes::{Launch, Processes};
use crate::process::{Identity, Process, stop_all, wait_until};
use crate::servers::http_status;
use crate::terminal::warning;

/// How long the processes may take to become ready.
const START: Duration = Duration::from_secs(60);
/// Longer than a process may take to drain.
const STOP: Duration = Duration::from_secs(20);
/// A process that ends again and again is started less and less often.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// All processes of the shop. Dropping it stops them.
pub(super) struct Shop {
    binaries: PathBuf,
    home: PathBuf,
    log: Log,
    children: Vec<Child>,
}

/// One process and its place in the log.
struct Child {
    index: usize,
    launch: Launch,
    process: Option<Process>,
    started: Instant,
    pause: Duration,
}

impl Shop {
    pub(super) fn start(binaries: &Path, home: &Path, processes: &Processes) -> Result<Self> {
        let children = processes
            .all
            .iter()
            .enumerate()
            .map(|(index, launch)| Child {
                index,
                launch: launch.clone(),
                process: None,
                started: Instant::now(),
                pause: FIRST_PAUSE,
            });
        let mut shop = Self {
            binaries: binaries.to_owned(),
            home: home.to_owned(),
            log: Log::default(),
            children: children.collect(),
        };
        for child in &mut shop.children {
            child.start(&shop.binaries, &shop.home, &shop.log)?;
        }
        Ok(shop)
    }

    /// Waits until every process says that it is ready.
    pub(super) fn wait_until_ready(&mut self) -> Result<()> {
        for position in 0..self.children.len() {
            let Some((name, port)) = self
                .children
                .get(position)
                .map(|child| (child.launch.name(), child.launch.admin_port))
            else {
                continue;
            };
            let ready = || http_status(port, "/readyz", "") == Some(200);
            if let Err(error) = wait_until(name, START, || all_alive(&mut self.children), ready) {
                // What the processes said explains it.
                self.log.show();
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn show_log(&self) {
        self.log.show();
    }

    pub(super) fn identities(&self) -> Vec<Identity> {
        let processes = self
            .children
            .iter()
            .filter_map(|child| child.process.as_ref());
        processes.map(|process| process.identity.clone()).collect()
    }

    /// Starts again what has ended. Returns whether there is any new process.
    pub(super) fn revive(&mut self) -> bool {
        let mut revived = false;
        for child in &mut self.children {
            child.notice_end();
            if child.process.is_none() && child.started.elapsed() > child.pause {
                match child.start(&self.binaries, &self.home, &self.log) {
                    Ok(()) => revived = true,
                    Err(error) => warning(format!("{error:#}")),
                }
            }
        }
        revived
    }

    pub(super) fn stop(&mut self) {
        stop_all(
            self.children
                .iter_mut()
                .filter_map(|child| child.process.take())
                .collect(),
            STOP,
        );
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Child {
    fn start(&mut self, binaries: &Path, home: &Path, log: &Log) -> Result<()> {
        self.started = Instant::now();
        let mut command = command(binaries, &self.launch);
        command
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::spawn(self.launch.name(), &mut command, home)?;
        if let Some(output) = process.child.stdout.take() {
            log.read(self.index, self.launch.name(), output);
        }
        if let Some(output) = process.child.stderr.take() {
            log.read(self.index, self.launch.name(), output);
        }
        self.process = Some(process);
        Ok(())
    }

    fn notice_end(&mut self) {
        let Some(end) = self.process.as_mut().and_then(Process::exited) else {
            return;
        };
        self.process = None;
        let lived = self.started.elapsed();
        self.pause = if lived > LONGEST_PAUSE {
            FIRST_PAUSE
        } else {
            (self.pause * 2).min(LONGEST_PAUSE)
        };
        let when = match self.pause.saturating_sub(lived).as_secs() {
            0 => "now".to_owned(),
            seconds => format!("in {seconds} s"),
        };
        warning(format!(
            "{} ended ({end}); starting it again {when}",
            self.launch.name()
        ));
    }
}

fn all_alive(children: &mut [Child]) -> Result<()> {
    crate::interrupt::check()?;
    for child in children {
        if let Some(end) = child.process.as_mut().and_then(Process::exited) {
            bail!("{} ended ({end}) before it was ready", child.launch.name());
        }
    }
    Ok(())
}
