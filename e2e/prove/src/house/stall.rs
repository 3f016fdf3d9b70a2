//! One process: started, watched, started again, harmed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use testkit::Backend;
use tokio::time::{Instant, sleep};
use topology::variable;

use super::LOOK;
use crate::live::Live;
use crate::plan::Plan;

/// A dead process is started again after this, as Kubernetes would.
const PAUSE: Duration = Duration::from_millis(1_000);
/// A process that ends by itself right after its start is left alone for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Between two questions whether it is ready.
const PROBE: Duration = Duration::from_millis(1_000);

/// One process of the shop.
pub(crate) struct Stall {
    /// `order-2`
    pub(crate) name: String,
    /// `order`
    pub(crate) service: &'static str,
    binary: PathBuf,
    log: PathBuf,
    admin: SocketAddr,
    environment: BTreeMap<String, String>,
    backend: Arc<Backend>,
    http: reqwest::Client,
    state: Mutex<State>,
    /// Starts, the first one included.
    pub(crate) starts: AtomicU32,
    /// Whether it shall be started again when it ends.
    wanted: AtomicBool,
}

#[derive(Default)]
struct State {
    child: Option<Child>,
    /// Seconds by which its clock for tokens is wrong from the next start on.
    skew: i64,
}

impl Stall {
    pub(super) fn new(
        plan: &Plan,
        name: String,
        service: &'static str,
        admin: SocketAddr,
        environment: BTreeMap<String, String>,
        backend: Arc<Backend>,
    ) -> Self {
        backend.ready.store(false, Ordering::Relaxed);
        Self {
            binary: plan.binaries.join(service),
            log: plan.logs.join(format!("{name}.log")),
            name,
            service,
            admin,
            environment,
            backend,
            http: reqwest::Client::new(),
            state: Mutex::default(),
            starts: AtomicU32::new(0),
            wanted: AtomicBool::new(true),
        }
    }

    pub(crate) fn listen(&self) -> &str {
        &self.backend.address
    }

    pub(super) fn start(&self) -> Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| self.log.display().to_string())?;
        let mut state = self.state();
        let mut command = Command::new(&self.binary);
        command
            .arg("serve")
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if state.skew != 0 {
            let key = variable(self.service, "auth.clock_offset_s");
            command.env(key, state.skew.to_string());
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        state.child = Some(child);
        self.starts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Whether it is dead.
    pub(crate) fn has_ended(&self) -> bool {
        let mut state = self.state();
        match &mut state.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => true,
        }
    }

    /// Whether it was ready when it was last asked.
    pub(crate) fn is_ready(&self) -> bool {
        self.backend.ready.load(Ordering::Relaxed) && !self.has_ended()
    }

    /// Asks whether it is ready, and tells the balancers.
    pub(crate) async fn probe(&self) -> bool {
        let url = format!("http://{}/readyz", self.admin);
        let answer = self.http.get(url).timeout(PROBE).send().await;
        let is_ready = answer.is_ok_and(|answer| answer.status().is_success());
        self.backend.ready.store(is_ready, Ordering::Relaxed);
        is_ready
    }

    pub(super) async fn look_after(&self, live: &Live) {
        let mut pause = PAUSE;
        let mut started = Instant::now();
        let mut probed = Instant::now();
        loop {
            if self.has_ended() {
                self.backend.ready.store(false, Ordering::Relaxed);
                pause = if started.elapsed() > LONGEST_PAUSE {
                    PAUSE
                } else {
                    (pause * 2).min(LONGEST_PAUSE)
                };
                sleep(pause).await;
                if self.wanted.load(Ordering::Relaxed)
                    && let Err(error) = self.start()
                {
                    live.note(&format!("{error:#}"));
                }
                started = Instant::now();
            }
            if probed.elapsed() > PROBE || !self.is_ready() {
                self.probe().await;
                probed = Instant::now();
            }
            sleep(LOOK).await;
        }
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    pub(super) fn ask_to_stop(&self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.signal(Signal::CONT);
        self.signal(Signal::TERM);
    }

    /// From the next start on its clock for tokens is wrong by so many seconds. Returns what it was.
    pub(crate) fn set_skew(&self, seconds: i64) -> i64 {
        std::mem::replace(&mut self.state().skew, seconds)
    }

    fn signal(&self, signal: Signal) {
        let state = self.state();
        // Reaped only by us, so the pid is still its own.
        let pid = state.child.as_ref().map(Child::id);
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok())
            && let Some(pid) = Pid::from_raw(pid)
            && !self.is_reaped(state)
        {
            let _already_gone = kill_process(pid, signal);
        }
    }

    /// Whether the pid may belong to somebody else by now.
    fn is_reaped(&self, mut state: MutexGuard<'_, State>) -> bool {
        state
            .child
            .as_mut()
            .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(8).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!("the end of {}:\n{}", self.log.display(), lines.join("\n"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
