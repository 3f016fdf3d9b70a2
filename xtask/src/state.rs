//! Stores what a run has started, so that `down` and the next run can clean up after a `kill -9`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::process::{Identity, stop_marked, stop_recorded};
use crate::project::write_private;
use crate::servers::{remove_containers, remove_volumes};

/// A supervisor stops its processes in groups, each with a timeout.
const SUPERVISOR_TIMEOUT: Duration = Duration::from_secs(60);
const PROCESS_TIMEOUT: Duration = Duration::from_secs(10);

/// One run: its supervisor, which is an xtask, and the processes that it started.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) supervisor: Identity,
    pub(crate) processes: Vec<Identity>,
    /// Whether all processes are ready.
    pub(crate) ready: bool,
    /// The gateway's port, if it is known yet.
    pub(crate) gateway: Option<u16>,
    /// The folder of the running binaries.
    pub(crate) binaries: Option<PathBuf>,
}

impl State {
    /// A run that this process supervises.
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

    /// The state in `home`; `None` if nothing runs there, or the file is invalid.
    pub(crate) fn load(home: &Path) -> Option<Self> {
        let text = fs::read_to_string(file(home)).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(crate) fn save(&self, home: &Path) -> Result<()> {
        write_private(&file(home), &serde_json::to_string_pretty(self)?)
    }

    pub(crate) fn forget(home: &Path) {
        let _has_ended = fs::remove_file(file(home));
    }
}

/// Stops the run in `home` and its leftovers. Returns whether there was anything to stop.
pub(crate) fn stop(home: &Path) -> Result<bool> {
    let state = State::load(home);
    let mut found = state.is_some();
    if let Some(state) = &state {
        // First the supervisor: it stops its processes in order, and would restart them otherwise.
        if state.supervisor.is_running() {
            stop_recorded(std::slice::from_ref(&state.supervisor), SUPERVISOR_TIMEOUT);
        }
        // It may have started more processes meanwhile.
        let state = State::load(home).unwrap_or_else(|| state.clone());
        stop_recorded(&state.processes, PROCESS_TIMEOUT);
        remove_containers(home, PROCESS_TIMEOUT)?;
    }
    found |= !crate::process::leftovers(home).is_empty();
    stop_marked(home);
    State::forget(home);
    Ok(found)
}

/// Removes the leftovers and folders of `test` and `prove` runs whose xtask has ended. Returns whether there were any.
pub(crate) fn sweep(private: &Path) -> Result<bool> {
    let mut found = false;
    for entry in fs::read_dir(private).into_iter().flatten().flatten() {
        let home = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_temporary = ["test-", "prove-"]
            .iter()
            .any(|purpose| name.starts_with(purpose));
        let is_running = State::load(&home).is_some_and(|state| state.supervisor.is_running());
        if is_temporary && !is_running {
            stop(&home)?;
            remove_data(&home)?;
            found = true;
        }
    }
    Ok(found)
}

/// Removes the data of a stopped run.
pub(crate) fn remove_data(home: &Path) -> Result<()> {
    // Without Docker there are no volumes.
    let _no_docker = remove_volumes(home);
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", home.display()))
        }
        _ => Ok(()),
    }
}

/// The file with the state of the run in `home`.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("state.json")
}
