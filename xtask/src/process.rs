//! Child processes that are always stopped. Each has its own process group and is identified by pid and start time. An
//! environment variable marks it and its descendants, so that leftovers can be found.

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

/// This variable is set in every child to the private folder of its run.
pub(crate) const MARK: &str = "MERCANTILE_RUN";

const POLL: Duration = Duration::from_millis(20);

/// Identifies a process later. A reused pid has another start time, so it is never mistaken for this process.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) pid: i32,
    started: String,
}

impl Identity {
    /// The identity of a running process; `None` if the pid does not exist.
    pub(crate) fn of(name: &str, pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        table::started(pid).map(|started| Self {
            name: name.to_owned(),
            pid,
            started,
        })
    }

    /// Whether this process is still running.
    pub(crate) fn is_running(&self) -> bool {
        table::started(self.pid).is_some_and(|started| started == self.started)
    }

    /// Sends a signal to the process group if the process is still running.
    pub(crate) fn signal_group(&self, signal: Signal) {
        if let (true, Some(pid)) = (self.is_running(), Pid::from_raw(self.pid)) {
            let _has_ended = kill_process_group(pid, signal);
        }
    }
}

/// A running child that leads its own process group.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) identity: Identity,
    /// The signal that stops it.
    stop: Signal,
}

impl Process {
    /// Starts `command` in its own process group, marked as part of the run in `home`.
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

    /// Sets the signal that stops it; the default is SIGTERM.
    pub(crate) fn stopped_by(self, stop: Signal) -> Self {
        Self { stop, ..self }
    }

    /// The exit status if it has ended.
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

/// Stops all processes in parallel: signals them, waits for `timeout`, then kills their groups.
pub(crate) fn stop_all(mut processes: Vec<Process>, timeout: Duration) {
    for process in &processes {
        process.identity.signal_group(process.stop);
    }
    let deadline = Instant::now() + timeout;
    while processes
        .iter_mut()
        .any(|process| process.exited().is_none())
        && Instant::now() < deadline
    {
        thread::sleep(POLL);
    }
    for mut process in processes {
        // The leader may have ended before the rest of its group.
        if let Some(group) = Pid::from_raw(process.identity.pid) {
            let _has_ended = kill_process_group(group, Signal::KILL);
        }
        let _was_reaped = process.child.wait();
    }
}

/// Stops processes of another xtask in the same way.
pub(crate) fn stop_recorded(processes: &[Identity], timeout: Duration) {
    for process in processes {
        process.signal_group(Signal::TERM);
    }
    let deadline = Instant::now() + timeout;
    while processes.iter().any(Identity::is_running) && Instant::now() < deadline {
        thread::sleep(POLL);
    }
    for process in processes {
        process.signal_group(Signal::KILL);
    }
}

/// Kills the remaining marked processes of the run in `home`: daemons that left their group, orphans of a crash.
pub(crate) fn stop_marked(home: &Path) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let left = leftovers(home);
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        for process in left {
            if let (true, Some(pid)) = (process.is_running(), Pid::from_raw(process.pid)) {
                let _has_ended = kill_process(pid, Signal::KILL);
            }
        }
        thread::sleep(POLL);
    }
}

/// Waits until `ready` returns true. An error of `alive` (a process ended, or an interrupt) ends the wait.
pub fn wait_until(
    what: &str,
    timeout: Duration,
    mut alive: impl FnMut() -> Result<()>,
    mut ready: impl FnMut() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + timeout;
    loop {
        if ready() {
            return Ok(());
        }
        alive()?;
        anyhow::ensure!(
            Instant::now() < deadline,
            "{what} is not ready after {} s",
            timeout.as_secs()
        );
        thread::sleep(POLL);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
