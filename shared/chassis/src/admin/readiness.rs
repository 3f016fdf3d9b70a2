use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use super::Config;
use crate::shutdown::Shutdown;

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
    was_ready: AtomicBool,
    was_reported: AtomicBool,
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
                was_ready: AtomicBool::new(false),
                was_reported: AtomicBool::new(false),
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
        let was_ready = self.inner.was_ready.swap(report.ready, Ordering::Relaxed);
        let was_reported = self.inner.was_reported.swap(true, Ordering::Relaxed);
        if was_reported && was_ready == report.ready {
            return;
        }
        if report.ready {
            tracing::info!("ready");
        } else if report.shutting_down {
            tracing::info!("not ready: shutting down");
        } else {
            tracing::warn!(failing = %report, "not ready");
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
