//! The loop of a worker.

use std::sync::Arc;
use std::time::Duration;

use persistence::Error;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Wakes a waiting worker of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Call it after new work is committed; otherwise the work waits for the next poll. Never blocks. An
    /// unnecessary call is harmless.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// Concurrency and poll interval of a worker.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most rows that are worked on concurrently.
    pub concurrency: usize,
    /// Time between two polls if the worker is not woken.
    pub poll: Duration,
}

/// When the next round begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once: there may be more work.
    Now,
    /// When the worker is woken, or after this time.
    Poll(Duration),
    /// After this time, even if woken: after a failure.
    After(Duration),
}

/// Runs `round` until `shutdown` is canceled. A round that has begun completes.
pub async fn rounds<R, RF>(wake: &Wake, shutdown: &CancellationToken, mut round: R)
where
    R: FnMut() -> RF,
    RF: Future<Output = Next>,
{
    while !shutdown.is_cancelled() {
        match round().await {
            Next::Now => {}
            Next::Poll(poll) => {
                let woken = tokio::time::timeout(poll, wake.0.notified());
                let _ = shutdown.run_until_cancelled(woken).await;
            }
            Next::After(pause) => {
                let pause = tokio::time::sleep(pause);
                let _ = shutdown.run_until_cancelled(pause).await;
            }
        }
    }
}

/// Leases and performs work until `shutdown` is canceled, then waits for the work in progress. `lease`
/// gets the largest number of rows to lease. `perform` commits the outcome itself; if it fails or panics,
/// the lease expires and the row is leased again.
pub async fn work<T, L, LF, P, PF>(
    limits: Limits,
    wake: &Wake,
    shutdown: &CancellationToken,
    lease: L,
    perform: P,
) where
    L: Fn(usize) -> LF,
    LF: Future<Output = Result<Vec<T>, Error>>,
    P: Fn(T) -> PF,
    PF: Future<Output = ()> + Send + 'static,
{
    let free = Arc::new(Semaphore::new(limits.concurrency));
    let running = TaskTracker::new();
    rounds(wake, shutdown, async || {
        let Some(permits) = shutdown.run_until_cancelled(permits(&free)).await else {
            return Next::Now;
        };
        let wanted = permits.len();
        let leased = match lease(wanted).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::debug!(%error, "cannot lease work");
                return Next::After(PAUSE_AFTER_FAILURE);
            }
        };
        let is_drained = leased.len() < wanted;
        for (row, permit) in leased.into_iter().zip(permits) {
            let work = perform(row);
            running.spawn(async move {
                work.await;
                drop(permit);
            });
        }
        match is_drained {
            true => Next::Poll(limits.poll),
            false => Next::Now,
        }
    })
    .await;
    running.close();
    running.wait().await;
}

/// Waits for a free permit and takes all other free ones too.
async fn permits(free: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut permits: Vec<_> = Arc::clone(free).acquire_owned().await.into_iter().collect();
    while let Ok(permit) = Arc::clone(free).try_acquire_owned() {
        permits.push(permit);
    }
    permits
}
