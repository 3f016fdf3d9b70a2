//! Orderly shutdown: not ready, drain, stop background work, done. Each phase has a deadline.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the phases of a shutdown may take.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Milliseconds between "not ready" and closing the listener: the time load balancers need to
    /// notice. 0 on a workstation, some seconds in a cluster.
    pub lame_duck_ms: u64,
    /// Milliseconds that running calls have to finish.
    pub drain_ms: u64,
    /// Milliseconds that background tasks have to stop after the calls are done.
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
    /// Work was cut off at a deadline; what it was.
    CutOff(&'static str),
    /// A task that must run as long as the process ended early; its name.
    TaskEnded(&'static str),
}

/// Shared by everything in a process that must end in order. Cheap to clone.
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
    /// Must be called inside a tokio runtime: a small task conducts the phases.
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
        tokio::spawn(conduct(Arc::clone(&inner)));
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

    /// Begins the shutdown. Calling it again changes nothing.
    pub fn begin(&self) {
        self.inner.requested.cancel();
    }

    /// True from [`Shutdown::begin`] on: the process must not be called ready any more.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.inner.requested.is_cancelled()
    }

    /// Resolves when the shutdown has begun.
    pub async fn requested(&self) {
        self.inner.requested.cancelled().await;
    }

    /// Resolves when servers must stop accepting and finish what runs.
    pub async fn draining(&self) {
        self.inner.draining.cancelled().await;
    }

    /// The token of background work (consumers, relay, jobs): cancelled after the servers drained.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.inner.background.clone()
    }

    /// Runs background work that must live as long as the process and ends by itself soon after
    /// [`Shutdown::token`] is cancelled. If it ends or panics earlier, that is logged and the whole
    /// process shuts down, so that the orchestrator starts it afresh.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let token = self.token();
        self.track(&self.inner.tasks, name, token, task);
    }

    /// Runs a server that drains by itself after [`Shutdown::draining`]. Cut off when its time is up.
    pub fn spawn_server<F>(&self, name: &'static str, server: F)
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let token = self.inner.draining.clone();
        self.track(&self.inner.servers, name, token, server);
    }

    /// Waits for the end of the shutdown, and says how it went. Waits for its beginning, too.
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
                    tracing::warn!(task = name, "cut off: it did not stop in time");
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

/// The text of a panic, as far as it has one.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no text)")
}

async fn conduct(inner: Arc<Inner>) {
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
        (None, false, _) => Stopped::CutOff("running calls"),
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
