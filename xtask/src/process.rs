//! Child processes that are stopped for certain: each in a process group of its own, known by pid and start time,
//! and marked by an environment variable so that what they leave behind can be found.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

mod table;

pub(crate) use table::leftovers;

/// Set in every child to the private folder of its run.
pub(crate) const MARK: &str = "MERCANTILE_RUN";

const POLL: Duration = Duration::from_millis(20);

/// A process as it can be found again later. A recycled pid has another start time, so it is never taken for this one.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) pid: i32,
    started: String,
}

impl Identity {
    /// Identifies a running process; `None` when there is none with this pid.
    pub(crate) fn of(name: &str, pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        table::started(pid).map(|started| Self {
            name: name.to_owned(),
            pid,
            started,
        })
    }

    /// Whether this very process is still running.
    pub(crate) fn is_running(&self) -> bool {
        table::started(self.pid).is_some_and(|started| started == self.started)
    }

    /// Sends a signal to the process's group, if the process is still the one we knew.
    pub(crate) fn signal_group(&self, signal: Signal) {
        if let (true, Some(pid)) = (self.is_running(), Pid::from_raw(self.pid)) {
            let _already_gone = kill_process_group(pid, signal);
        }
    }
}

/// A running child that leads its own process group.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) identity: Identity,
    /// The signal that asks it to stop.
    stop: Signal,
}

impl Process {
    /// Starts `command` in a process group of its own, marked as part of the run in `home`.
    pub(crate) fn spawn(name: &str, command: &mut Command, home: &Path) -> Result<Self> {
        let mut child = command
            .env(MARK, home)
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| {
                format!("cannot start {name} ({})", command.get_program().display())
            })?;
        let Some(identity) = Identity::of(name, child.id()) else {
            let status = child.wait()?;
            anyhow::bail!("{name} ended at once ({status})");
        };
        Ok(Self {
            child,
            identity,
            stop: Signal::TERM,
        })
    }

    /// Uses another signal than SIGTERM to ask it to stop.
    pub(crate) fn stopped_by(self, stop: Signal) -> Self {
        Self { stop, ..self }
    }

    /// The exit status, once it has ended.
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

/// Stops all of them at the same time: asks, waits until the deadline, then kills the groups.
pub(crate) fn stop_all(mut processes: Vec<Process>, patience: Duration) {
    for process in &processes {
        process.identity.signal_group(process.stop);
    }
    let deadline = Instant::now() + patience;
    while processes
        .iter_mut()
        .any(|process| process.exited().is_none())
        && Instant::now() < deadline
    {
        thread::sleep(POLL);
    }
    for mut process in processes {
        // The leader may be gone while others of its group are not.
        if let Some(group) = Pid::from_raw(process.identity.pid) {
            let _already_gone = kill_process_group(group, Signal::KILL);
        }
        let _already_reaped = process.child.wait();
    }
}

/// Stops processes that are not our children: asks, waits until the deadline, then kills the groups.
pub(crate) fn stop_strangers(processes: &[Identity], patience: Duration) {
    for process in processes {
        process.signal_group(Signal::TERM);
    }
    let deadline = Instant::now() + patience;
    while processes.iter().any(Identity::is_running) && Instant::now() < deadline {
        thread::sleep(POLL);
    }
    for process in processes {
        process.signal_group(Signal::KILL);
    }
}

/// Kills whatever still carries the mark of the run in `home`: daemons that left their group, orphans of a crash.
pub(crate) fn stop_marked(home: &Path) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let left = leftovers(home);
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        for process in left {
            if let (true, Some(pid)) = (process.is_running(), Pid::from_raw(process.pid)) {
                let _already_gone = kill_process(pid, Signal::KILL);
            }
        }
        thread::sleep(POLL);
    }
}

/// Waits until `ready` says so. An error of `alive` (a process ended, someone pressed Ctrl-C) ends the wait.
pub fn wait_until(
    what: &str,
    patience: Duration,
    mut alive: impl FnMut() -> Result<()>,
    mut ready: impl FnMut() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        if ready() {
            return Ok(());
        }
        alive()?;
        anyhow::ensure!(
            Instant::now() < deadline,
            "{what} is not ready after {} s",
            patience.as_secs()
        );
        thread::sleep(POLL);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
