//! What a run has started, on disk, so that `down` and the next run can clean up after a `kill -9`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::process::{Identity, stop_marked, stop_strangers};
use crate::project::write_private;
use crate::servers::{remove_containers, remove_volumes};

/// A supervisor stops its processes one group after the other, each with a deadline.
const SUPERVISOR_PATIENCE: Duration = Duration::from_secs(60);
const PROCESS_PATIENCE: Duration = Duration::from_secs(10);

/// One run: the xtask that supervises it and everything it started.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) supervisor: Identity,
    pub(crate) processes: Vec<Identity>,
    /// Set once everything answers.
    pub(crate) ready: bool,
    /// The gateway's port, once it is known.
    pub(crate) gateway: Option<u16>,
    /// The folder of the binaries that run.
    pub(crate) binaries: Option<PathBuf>,
}

impl State {
    /// A run that is supervised by this very process.
    pub(crate) fn begin() -> Result<Self> {
        let supervisor =
            Identity::of("xtask", std::process::id()).context("cannot read the process table")?;
        Ok(Self {
            supervisor,
            processes: Vec::new(),
            ready: false,
            gateway: None,
            binaries: None,
        })
    }

    /// The state kept in `home`; `None` when nothing runs there, or the file is not readable.
    pub(crate) fn load(home: &Path) -> Option<Self> {
        let text = fs::read_to_string(file(home)).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(crate) fn save(&self, home: &Path) -> Result<()> {
        write_private(&file(home), &serde_json::to_string_pretty(self)?)
    }

    pub(crate) fn forget(home: &Path) {
        let _already_gone = fs::remove_file(file(home));
    }
}

/// Stops the run in `home`, whoever supervises it, and whatever it left behind. Returns whether there was anything.
pub(crate) fn stop(home: &Path) -> Result<bool> {
    let state = State::load(home);
    let mut found = state.is_some();
    if let Some(state) = &state {
        // A living supervisor knows best how to stop; its processes would be restarted behind our back.
        if state.supervisor.is_running() {
            stop_strangers(std::slice::from_ref(&state.supervisor), SUPERVISOR_PATIENCE);
        }
        // It may have started more since we read its notes.
        let state = State::load(home).unwrap_or_else(|| state.clone());
        stop_strangers(&state.processes, PROCESS_PATIENCE);
        remove_containers(home, PROCESS_PATIENCE)?;
    }
    found |= !crate::process::leftovers(home).is_empty();
    stop_marked(home);
    State::forget(home);
    Ok(found)
}

/// Removes the private folders of tests and proofs whose xtask is gone, and what they left running.
pub(crate) fn sweep(private: &Path) -> Result<bool> {
    let mut found = false;
    for entry in fs::read_dir(private).into_iter().flatten().flatten() {
        let home = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_passing = ["test-", "prove-"]
            .iter()
            .any(|purpose| name.starts_with(purpose));
        let is_running = State::load(&home).is_some_and(|state| state.supervisor.is_running());
        if is_passing && !is_running {
            stop(&home)?;
            throw_away(&home)?;
            found = true;
        }
    }
    Ok(found)
}

/// Removes the data of a run that has been stopped.
pub(crate) fn throw_away(home: &Path) -> Result<()> {
    // A machine without Docker has no volumes.
    let _no_docker = remove_volumes(home);
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", home.display()))
        }
        _ => Ok(()),
    }
}

/// Where the state of the run in `home` is kept.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("state.json")
}
