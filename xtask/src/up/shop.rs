//! Starts, restarts and stops the shop's processes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::log::Log;
use super::once::command;
use super::processes::{ProcessPlan, Processes};
use crate::process::{Identity, Process, stop_all, wait_until};
use crate::servers::http_status;
use crate::terminal::warning;

/// Time until the processes are ready.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Longer than a process takes to drain.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// The pause before a restart doubles if the process keeps ending.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// All processes of the shop. Dropping stops them.
pub(super) struct Shop {
    binaries: PathBuf,
    home: PathBuf,
    log: Log,
    children: Vec<Child>,
}

/// One process. `index` is its color in the log.
struct Child {
    index: usize,
    plan: ProcessPlan,
    process: Option<Process>,
    started: Instant,
    pause: Duration,
}

impl Shop {
    pub(super) fn start(binaries: &Path, home: &Path, processes: &Processes) -> Result<Self> {
        let children = processes.all.iter().enumerate().map(|(index, plan)| Child {
            index,
            plan: plan.clone(),
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

    /// Waits until every process reports that it is ready.
    pub(super) fn wait_until_ready(&mut self) -> Result<()> {
        for position in 0..self.children.len() {
            let Some((name, port)) = self
                .children
                .get(position)
                .map(|child| (child.plan.name(), child.plan.admin_port))
            else {
                continue;
            };
            let ready = || http_status(port, "/readyz", "") == Some(200);
            if let Err(error) = wait_until(
                name,
                START_TIMEOUT,
                || check_running(&mut self.children),
                ready,
            ) {
                // The log explains the error.
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

    /// Restarts processes that have ended. Returns whether there was one.
    pub(super) fn restart(&mut self) -> bool {
        let mut restarted = false;
        for child in &mut self.children {
            child.check_exit();
            if child.process.is_none() && child.started.elapsed() > child.pause {
                match child.start(&self.binaries, &self.home, &self.log) {
                    Ok(()) => restarted = true,
                    Err(error) => warning(format!("{error:#}")),
                }
            }
        }
        restarted
    }

    pub(super) fn stop(&mut self) {
        stop_all(
            self.children
                .iter_mut()
                .filter_map(|child| child.process.take())
                .collect(),
            STOP_TIMEOUT,
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
        let mut command = command(binaries, &self.plan);
        command
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::spawn(self.plan.name(), &mut command, home)?;
        if let Some(output) = process.child.stdout.take() {
            log.read(self.index, self.plan.name(), output);
        }
        if let Some(output) = process.child.stderr.take() {
            log.read(self.index, self.plan.name(), output);
        }
        self.process = Some(process);
        Ok(())
    }

    fn check_exit(&mut self) {
        let Some(end) = self.process.as_mut().and_then(Process::exited) else {
            return;
        };
        self.process = None;
        let uptime = self.started.elapsed();
        self.pause = if uptime > LONGEST_PAUSE {
            FIRST_PAUSE
        } else {
            (self.pause * 2).min(LONGEST_PAUSE)
        };
        let when = match self.pause.saturating_sub(uptime).as_secs() {
            0 => "now".to_owned(),
            seconds => format!("in {seconds} s"),
        };
        warning(format!(
            "{} ended ({end}); restarting it {when}",
            self.plan.name()
        ));
    }
}

fn check_running(children: &mut [Child]) -> Result<()> {
    crate::interrupt::check()?;
    for child in children {
        if let Some(end) = child.process.as_mut().and_then(Process::exited) {
            bail!("{} ended ({end}) before it was ready", child.plan.name());
        }
    }
    Ok(())
}
