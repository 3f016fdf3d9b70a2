//! Graceful shutdown: not ready, drain, stop background tasks, done. Each phase has a deadline.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use garde::Validate;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the phases of a shutdown may take.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Milliseconds between "not ready" and closing the listener, in which load balancers react. 0
    /// on a workstation, some seconds in a cluster.
    #[garde(range(min = 0, max = 600_000))]
    pub lame_duck_ms: u64,
    /// Milliseconds within which calls in flight must finish.
    #[garde(range(min = 0, max = 600_000))]
    pub drain_ms: u64,
    /// Milliseconds within which background tasks must stop after the calls have finished.
    #[garde(range(min = 1, max = 600_000))]
    pub stop_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lame_duck_ms: 0,
            drain_ms: 15_000,
            stop_ms: 5_000,
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Everything finished in time.
    Cleanly,
    /// This kind of work was aborted at its deadline.
    CutOff(&'static str),
    /// The task of this name, which must run as long as the process, ended early.
    TaskEnded(&'static str),
}

/// Coordinates the shutdown of a process. Cheap to clone.
///
/// Phases: [`Shutdown::begin`] (readiness goes false) → lame duck → servers drain
/// ([`Shutdown::draining`]) → background tasks stop ([`Shutdown::token`]) → [`Shutdown::stopped`].
#[derive(Debug, Clone)]
pub struct Shutdown {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    requested: CancellationToken,
    draining: CancellationToken,
    background: CancellationToken,
    abandoned: CancellationToken,
    servers: TaskTracker,
    tasks: TaskTracker,
    ended_early: OnceLock<&'static str>,
    outcome: tokio::sync::watch::Sender<Option<Stopped>>,
}

impl Shutdown {
    /// Must be called inside a tokio runtime: a task runs the phases.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let inner = Arc::new(Inner {
            config: *config,
            requested: CancellationToken::new(),
            draining: CancellationToken::new(),
            background: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            servers: TaskTracker::new(),
            tasks: TaskTracker::new(),
            ended_early: OnceLock::new(),
            outcome: tokio::sync::watch::Sender::new(None),
        });
        tokio::spawn(run_phases(Arc::clone(&inner)));
        Self { inner }
    }

    /// For tests: no lame duck, short deadlines.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::new(&Config {
            lame_duck_ms: 0,
            drain_ms: 5_000,
            stop_ms: 5_000,
        })
    }

    /// Begins the shutdown. Further calls have no effect.
    pub fn begin(&self) {
        self.inner.requested.cancel();
    }

    /// True from [`Shutdown::begin`] on: the process must report that it is not ready.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.inner.requested.is_cancelled()
    }

    /// Resolves when the shutdown has begun.
    pub async fn requested(&self) {
        self.inner.requested.cancelled().await;
    }

    /// Resolves when servers must accept no more calls and finish those in flight.
    pub async fn draining(&self) {
        self.inner.draining.cancelled().await;
    }

    /// The token of background tasks (consumers, relay, jobs), canceled after the servers drained.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.inner.background.clone()
    }

    /// Runs a background task that must run as long as the process and must end soon after
    /// [`Shutdown::token`] is canceled. If it ends or panics earlier, that is logged and the process
    /// shuts down, so that the orchestrator restarts it.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let token = self.token();
        self.track(&self.inner.tasks, name, token, task);
    }

    /// Runs a server that drains after [`Shutdown::draining`]. It is aborted at the deadline.
    pub fn spawn_server<F>(&self, name: &'static str, server: F)
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let token = self.inner.draining.clone();
        self.track(&self.inner.servers, name, token, server);
    }

    /// Waits until the shutdown has begun and ended, and returns how it ended.
    pub async fn stopped(&self) -> Stopped {
        let mut outcome = self.inner.outcome.subscribe();
        match outcome.wait_for(Option::is_some).await {
            Ok(stopped) => stopped.clone().unwrap_or(Stopped::Cleanly),
            Err(_closed) => Stopped::Cleanly,
        }
    }

    fn track<F>(
        &self,
        tracker: &TaskTracker,
        name: &'static str,
        may_end: CancellationToken,
        task: F,
    ) where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let inner = Arc::clone(&self.inner);
        let abandoned = self.inner.abandoned.clone();
        tracker.spawn(async move {
            let outcome = tokio::select! {
                outcome = AssertUnwindSafe(task).catch_unwind() => outcome.map(|_| ()),
                () = abandoned.cancelled() => {
                    tracing::warn!(task = name, "aborted: it did not stop in time");
                    return;
                }
            };
            if let Err(panic) = &outcome {
                tracing::error!(
                    task = name,
                    panic = panic_text(panic.as_ref()),
                    "background task panicked"
                );
            } else if !may_end.is_cancelled() {
                tracing::error!(task = name, "background task ended early");
            }
            if outcome.is_err() || !may_end.is_cancelled() {
                let _first_one_counts = inner.ended_early.set(name);
                inner.requested.cancel();
            }
        });
    }
}

/// The message of a panic, if it has one.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no text)")
}

async fn run_phases(inner: Arc<Inner>) {
    inner.requested.cancelled().await;
    tokio::time::sleep(Duration::from_millis(inner.config.lame_duck_ms)).await;

    inner.draining.cancel();
    inner.servers.close();
    let drained = finished(&inner.servers, inner.config.drain_ms).await;

    inner.background.cancel();
    inner.tasks.close();
    let ended = finished(&inner.tasks, inner.config.stop_ms).await;

    inner.abandoned.cancel();
    let outcome = match (inner.ended_early.get(), drained, ended) {
        (Some(name), _, _) => Stopped::TaskEnded(name),
        (None, false, _) => Stopped::CutOff("calls in flight"),
        (None, true, false) => Stopped::CutOff("background tasks"),
        (None, true, true) => Stopped::Cleanly,
    };
    inner.outcome.send_replace(Some(outcome));
}

async fn finished(tracker: &TaskTracker, within_ms: u64) -> bool {
    tokio::time::timeout(Duration::from_millis(within_ms), tracker.wait())
        .await
        .is_ok()
}
