use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain;
use crate::metrics::{
    USER_PASSWORD_CHECKS_IN_PROGRESS, USER_PASSWORD_CHECKS_LIMIT, USER_PASSWORD_CHECKS_SHED,
    USER_PASSWORD_CHECKS_WAITING,
};

/// Bounds concurrent hashes and the queue of waiting ones; rejects the rest immediately.
#[derive(Clone)]
pub(super) struct ConcurrencyLimit {
    running: Arc<Semaphore>,
    running_or_waiting: Arc<Semaphore>,
    max_wait: Duration,
}

/// The permit to hash one password; released on drop.
pub(super) struct Permit {
    _running: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    pub(super) fn new(concurrency: usize, queue: usize, max_wait: Duration) -> Self {
        let limit = Self {
            running: Arc::new(Semaphore::new(concurrency)),
            running_or_waiting: Arc::new(Semaphore::new(concurrency.saturating_add(queue))),
            max_wait,
        };
        limit.export_gauges(concurrency, concurrency.saturating_add(queue));
        limit
    }

    /// Sets the gauges at each scrape.
    fn export_gauges(&self, limit: usize, slots: usize) {
        let running = Arc::downgrade(&self.running);
        let running_or_waiting = Arc::downgrade(&self.running_or_waiting);
        instruments::at_scrape(move || {
            let running = limit.saturating_sub(running.upgrade()?.available_permits());
            let all = slots.saturating_sub(running_or_waiting.upgrade()?.available_permits());
            USER_PASSWORD_CHECKS_LIMIT.set(limit);
            USER_PASSWORD_CHECKS_IN_PROGRESS.set(running);
            USER_PASSWORD_CHECKS_WAITING.set(all.saturating_sub(running));
            Some(())
        });
    }

    /// # Errors
    /// `TooManySignIns`: immediately if the queue is full, or after the maximum wait.
    pub(super) async fn acquire(&self) -> Result<Permit, domain::Error> {
        let acquired = async {
            let slot = Arc::clone(&self.running_or_waiting)
                .try_acquire_owned()
                .ok()?;
            let running = Arc::clone(&self.running).acquire_owned();
            let running = tokio::time::timeout(self.max_wait, running)
                .await
                .ok()?
                .ok()?;
            Some(Permit {
                _running: running,
                _slot: slot,
            })
        };
        acquired.await.ok_or_else(|| {
            USER_PASSWORD_CHECKS_SHED.inc();
            domain::Error::TooManySignIns
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn one_runs_one_waits_and_the_next_is_rejected_at_once() {
        let limit = ConcurrencyLimit::new(1, 1, LONG);
        let running = limit.acquire().await.unwrap();
        let mut waiting = Box::pin(limit.acquire());
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(
            limit.acquire().now_or_never().unwrap().err(),
            Some(domain::Error::TooManySignIns)
        );
        drop(running);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn an_abandoned_wait_frees_its_slot() {
        let limit = ConcurrencyLimit::new(1, 1, LONG);
        let _running = limit.acquire().await.unwrap();
        let mut waiting = Box::pin(limit.acquire());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(waiting);
        assert!(
            limit.acquire().now_or_never().is_none(),
            "the slot was not released"
        );
    }

    #[tokio::test]
    async fn a_wait_ends_after_the_maximum() {
        let limit = ConcurrencyLimit::new(1, 1, Duration::ZERO);
        let _running = limit.acquire().await.unwrap();
        assert_eq!(
            limit.acquire().await.err(),
            Some(domain::Error::TooManySignIns)
        );
    }
}
