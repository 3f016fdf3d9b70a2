//! One replica of a process of the shop: start, supervision, signals.

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

use super::POLL_INTERVAL;
use crate::plan::Plan;
use crate::progress::Progress;

/// Delay before a dead process is restarted.
const RESTART_DELAY: Duration = Duration::from_millis(1_000);
/// The delay doubles up to this for a process that ends soon after its start, as in Kubernetes.
const MAX_RESTART_DELAY: Duration = Duration::from_secs(5);
/// Interval and timeout of readiness probes.
const PROBE: Duration = Duration::from_millis(1_000);

/// A replica. The nemesis kills, pauses and resumes it; [`Process::supervise`] restarts it.
pub(crate) struct Process {
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
    /// How often it was started, the first start included.
    pub(crate) starts: AtomicU32,
    /// Whether it is restarted when it ends.
    restarts: AtomicBool,
}

#[derive(Default)]
struct State {
    child: Option<Child>,
    /// Offset of the clock that verifies tokens, in seconds, from the next start on.
    skew_s: i64,
}

impl Process {
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
            restarts: AtomicBool::new(true),
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
        if state.skew_s != 0 {
            let key = variable(self.service, "auth.clock_offset_s");
            command.env(key, state.skew_s.to_string());
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        state.child = Some(child);
        self.starts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn has_ended(&self) -> bool {
        let mut state = self.state();
        match &mut state.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => true,
        }
    }

    /// Whether it runs and was ready at the last probe.
    pub(crate) fn is_ready(&self) -> bool {
        self.backend.ready.load(Ordering::Relaxed) && !self.has_ended()
    }

    /// Requests `/readyz`, and updates the readiness in the proxies.
    pub(crate) async fn probe(&self) -> bool {
        let url = format!("http://{}/readyz", self.admin);
        let answer = self.http.get(url).timeout(PROBE).send().await;
        let is_ready = answer.is_ok_and(|answer| answer.status().is_success());
        self.backend.ready.store(is_ready, Ordering::Relaxed);
        is_ready
    }

    /// Probes it, and restarts it after it ended, until the future is dropped.
    pub(super) async fn supervise(&self, progress: &Progress) {
        let mut delay = RESTART_DELAY;
        let mut started = Instant::now();
        let mut probed = Instant::now();
        loop {
            if self.has_ended() {
                self.backend.ready.store(false, Ordering::Relaxed);
                delay = if started.elapsed() > MAX_RESTART_DELAY {
                    RESTART_DELAY
                } else {
                    (delay * 2).min(MAX_RESTART_DELAY)
                };
                sleep(delay).await;
                if self.restarts.load(Ordering::Relaxed)
                    && let Err(error) = self.start()
                {
                    progress.note(&format!("{error:#}"));
                }
                started = Instant::now();
            }
            if probed.elapsed() > PROBE || !self.is_ready() {
                self.probe().await;
                probed = Instant::now();
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends SIGTERM; it is restarted once it has ended.
    pub(crate) fn end(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGTERM, also to a paused process, and does not restart it.
    pub(super) fn terminate(&self) {
        self.restarts.store(false, Ordering::Relaxed);
        self.signal(Signal::CONT);
        self.signal(Signal::TERM);
    }

    /// Starts it again, after [`Process::terminate`].
    pub(super) fn allow_restarts(&self) {
        self.restarts.store(true, Ordering::Relaxed);
    }

    /// A command of its binary, with its environment: `payment reconcile`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).envs(&self.environment);
        command
    }

    /// Sets the offset of the clock that verifies tokens, from the next start on. Returns the
    /// previous one.
    pub(crate) fn set_skew_s(&self, seconds: i64) -> i64 {
        std::mem::replace(&mut self.state().skew_s, seconds)
    }

    fn signal(&self, signal: Signal) {
        let state = self.state();
        // The pid is not reused before this process reaps the child.
        let pid = state.child.as_ref().map(Child::id);
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok())
            && let Some(pid) = Pid::from_raw(pid)
            && !self.is_reaped(state)
        {
            let _already_dead = kill_process(pid, signal);
        }
    }

    /// Whether the child was reaped, so that its pid may be reused.
    fn is_reaped(&self, mut state: MutexGuard<'_, State>) -> bool {
        state
            .child
            .as_mut()
            .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// The last lines of its log.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(8).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!(
            "the last lines of {}:\n{}",
            self.log.display(),
            lines.join("\n")
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
