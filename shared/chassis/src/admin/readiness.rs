use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use super::Config;
use crate::shutdown::Shutdown;

/// A process that is not ready after this time is reported as a problem.
const START_TIME: Duration = Duration::from_secs(30);

type Check = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Whether the process can accept work: named checks, run on demand. Cheap to clone.
///
/// A check tests a resource that the process cannot work without, such as its database. It never
/// tests another service: the failure of one process must not make others unready.
#[derive(Clone)]
pub struct Readiness {
    inner: Arc<Inner>,
}

struct Inner {
    timeout: Duration,
    shutdown: Shutdown,
    checks: Mutex<Vec<(&'static str, Arc<Check>)>>,
    created: Instant,
    logged: Mutex<Option<State>>,
}

/// What the log says about the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was never ready, and is young: the processes of a shop start in any order.
    Starting,
    Ready,
    NotReady,
    ShuttingDown,
}

impl State {
    fn of(report: &Report, last: Option<Self>, age: Duration) -> Self {
        let was_started = matches!(last, Some(Self::Ready | Self::NotReady));
        match (report.ready, report.shutting_down) {
            (true, _) => Self::Ready,
            (false, true) => Self::ShuttingDown,
            (false, false) if was_started || age >= START_TIME => Self::NotReady,
            (false, false) => Self::Starting,
        }
    }
}

/// The result of all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// True if every check passed and the process is not shutting down.
    pub ready: bool,
    /// True once the shutdown has begun.
    pub shutting_down: bool,
    /// Each check by name, with its problem if it failed.
    pub checks: Vec<(&'static str, Option<String>)>,
}

impl Readiness {
    /// Starts without checks: ready until the shutdown begins.
    #[must_use]
    pub fn new(config: &Config, shutdown: &Shutdown) -> Self {
        Self {
            inner: Arc::new(Inner {
                timeout: Duration::from_millis(config.check_timeout_ms),
                shutdown: shutdown.clone(),
                checks: Mutex::new(Vec::new()),
                created: Instant::now(),
                logged: Mutex::new(None),
            }),
        }
    }

    /// Adds a check; true means that it passed. Each report runs all checks concurrently, with a
    /// timeout: `.check("postgres", move || { let db = db.clone(); async move { db.is_reachable().await } })`.
    #[must_use]
    pub fn check<F, Fut>(self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        let boxed: Check = Box::new(move || check().boxed());
        self.inner
            .checks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, Arc::new(boxed)));
        self
    }

    /// Runs the checks. Logs when the result differs from the previous one.
    pub async fn report(&self) -> Report {
        let shutting_down = self.inner.shutdown.is_requested();
        let checks: Vec<_> = self
            .inner
            .checks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let timeout = self.inner.timeout;
        let checks = join_all(checks.into_iter().map(|(name, check)| async move {
            let problem = match tokio::time::timeout(timeout, check()).await {
                Ok(true) => None,
                Ok(false) => Some("not available".to_owned()),
                Err(_elapsed) => Some(format!("no response within {} ms", timeout.as_millis())),
            };
            (name, problem)
        }))
        .await;
        let ready = !shutting_down && checks.iter().all(|(_, problem)| problem.is_none());
        let report = Report {
            ready,
            shutting_down,
            checks,
        };
        self.log_transition(&report);
        report
    }

    fn log_transition(&self, report: &Report) {
        let mut logged = self
            .inner
            .logged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let state = State::of(report, *logged, self.inner.created.elapsed());
        if logged.replace(state) == Some(state) {
            return;
        }
        match state {
            State::Starting => tracing::info!(waiting_for = %report, "starting"),
            State::Ready => tracing::info!("ready"),
            State::NotReady => tracing::warn!(failing = %report, "not ready"),
            State::ShuttingDown => tracing::info!("not ready: shutting down"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failing = self
            .checks
            .iter()
            .filter_map(|(name, problem)| problem.as_ref().map(|problem| (name, problem)));
        for (index, (name, problem)) in failing.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{name}: {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readiness").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_process_is_starting_and_a_late_or_failing_one_is_not_ready() {
        let failing = Report {
            ready: false,
            shutting_down: false,
            checks: vec![("postgres", Some("not available".to_owned()))],
        };
        let young = Duration::from_secs(1);
        assert_eq!(State::of(&failing, None, young), State::Starting);
        assert_eq!(
            State::of(&failing, Some(State::Starting), START_TIME),
            State::NotReady
        );
        assert_eq!(
            State::of(&failing, Some(State::Ready), young),
            State::NotReady
        );
    }
}
