use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain;
use crate::metrics::{
    USER_PASSWORD_CHECKS_IN_PROGRESS, USER_PASSWORD_CHECKS_LIMIT, USER_PASSWORD_CHECKS_SHED,
    USER_PASSWORD_CHECKS_WAITING,
};

/// A number of holders, a bounded queue, and an immediate refusal for the rest.
#[derive(Clone)]
pub(super) struct ConcurrencyLimit {
    inside: Arc<Semaphore>,
    inside_or_waiting: Arc<Semaphore>,
    max_wait: Duration,
}

/// The right to hash one password; given back when dropped.
pub(super) struct Permit {
    _inside: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    pub(super) fn new(concurrency: usize, queue: usize, max_wait: Duration) -> Self {
        let limit = Self {
            inside: Arc::new(Semaphore::new(concurrency)),
            inside_or_waiting: Arc::new(Semaphore::new(concurrency.saturating_add(queue))),
            max_wait,
        };
        limit.show(concurrency, concurrency.saturating_add(queue));
        limit
    }

    /// How full it is, at each scrape.
    fn show(&self, limit: usize, places: usize) {
        let inside = Arc::downgrade(&self.inside);
        let inside_or_waiting = Arc::downgrade(&self.inside_or_waiting);
        instruments::at_scrape(move || {
            let inside = limit.saturating_sub(inside.upgrade()?.available_permits());
            let all = places.saturating_sub(inside_or_waiting.upgrade()?.available_permits());
            USER_PASSWORD_CHECKS_LIMIT.set(limit);
            USER_PASSWORD_CHECKS_IN_PROGRESS.set(inside);
            USER_PASSWORD_CHECKS_WAITING.set(all.saturating_sub(inside));
            Some(())
        });
    }

    /// # Errors
    /// `TooManySignIns`: at once when the queue is full, or after the longest wait.
    pub(super) async fn acquire(&self) -> Result<Permit, domain::Error> {
        let acquired = async {
            let place = Arc::clone(&self.inside_or_waiting)
                .try_acquire_owned()
                .ok()?;
            let inside = Arc::clone(&self.inside).acquire_owned();
            let inside = tokio::time::timeout(self.max_wait, inside)
                .await
                .ok()?
                .ok()?;
            Some(Permit {
                _inside: inside,
                _place: place,
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
    async fn one_holds_it_one_waits_and_the_next_is_refused_at_once() {
        let limit = ConcurrencyLimit::new(1, 1, LONG);
        let inside = limit.acquire().await.unwrap();
        let mut waiting = Box::pin(limit.acquire());
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(
            limit.acquire().now_or_never().unwrap().err(),
            Some(domain::Error::TooManySignIns)
        );
        drop(inside);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_frees_the_place() {
        let limit = ConcurrencyLimit::new(1, 1, LONG);
        let _inside = limit.acquire().await.unwrap();
        let mut waiting = Box::pin(limit.acquire());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(waiting);
        assert!(
            limit.acquire().now_or_never().is_none(),
            "this one may wait now"
        );
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_longest_wait() {
        let limit = ConcurrencyLimit::new(1, 1, Duration::ZERO);
        let _inside = limit.acquire().await.unwrap();
        assert_eq!(
            limit.acquire().await.err(),
            Some(domain::Error::TooManySignIns)
        );
    }
}
