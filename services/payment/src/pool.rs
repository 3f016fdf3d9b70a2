//! Work that is leased from the database, so many pieces at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Wakes the workers of this process that wait for it. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    /// Tells that work was committed. Never blocks; for nothing it is harmless.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// How leased work is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Pieces at the same time.
    pub(crate) concurrency: usize,
    /// Between two looks for work, if nobody wakes.
    pub(crate) poll: Duration,
}

/// Leases work and does it until `shutdown`, then finishes what it is at. `lease` takes at most so
/// many pieces; `perform` must not fail.
pub(crate) async fn work<T, L, LF, P, PF>(
    limits: Limits,
    wake: &Wake,
    shutdown: &CancellationToken,
    lease: L,
    perform: P,
) where
    L: Fn(usize) -> LF,
    LF: Future<Output = Result<Vec<T>, persistence::Error>>,
    P: Fn(T) -> PF,
    PF: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(limits.concurrency));
    let running = TaskTracker::new();
    while let Some(places) = shutdown.run_until_cancelled(places(&room)).await {
        let wanted = places.len();
        let leased = match lease(wanted).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::debug!(%error, "cannot look for work");
                drop(places);
                let pause = tokio::time::sleep(PAUSE_AFTER_FAILURE);
                shutdown.run_until_cancelled(pause).await;
                continue;
            }
        };
        let all = leased.len() < wanted;
        for (piece, place) in leased.into_iter().zip(places) {
            let work = perform(piece);
            running.spawn(async move {
                work.await;
                drop(place);
            });
        }
        if all {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = wake.0.notified() => {}
                () = tokio::time::sleep(limits.poll) => {}
            }
        }
    }
    running.close();
    running.wait().await;
}

/// Waits for a free place, and takes every other free one as well.
async fn places(room: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut places: Vec<_> = Arc::clone(room).acquire_owned().await.into_iter().collect();
    while let Ok(place) = Arc::clone(room).try_acquire_owned() {
        places.push(place);
    }
    places
}

/// Twice as long with each try, between a half and the whole of it by chance.
pub(crate) fn backoff_ms(first_ms: u64, longest_ms: u64, attempt: i32) -> u64 {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    let longest = first_ms
        .saturating_mul(2_u64.saturating_pow(doublings))
        .clamp(1, longest_ms.max(1));
    rand::random_range(longest.div_ceil(2)..=longest)
}
