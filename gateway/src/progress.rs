//! Streams of the progress of orders: how many are open, and when each of them reads its order again.
//!
//! The data always comes from `order`. Its events (`events.rs`) only trigger a read, so a lost one delays an entry until the
//! next poll.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::Shutdown;
use garde::Validate;
use kernel::{OrderId, UserId};
use serde::Deserialize;
use tokio::sync::watch;

pub(crate) mod events;
mod limits;
mod stream;
pub(crate) mod text;

use limits::{Limits, Permit, Refused};
pub(crate) use stream::{Following, respond};

/// The `[streams]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Open streams in all.
    #[garde(range(min = 0, max = 1_000_000))]
    pub max: usize,
    /// Open streams of one account.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_per_account: usize,
    /// Open streams of one client address; for IPv6 of its /64.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_per_address: usize,
    /// Milliseconds between two reads of an order.
    #[garde(range(min = 10, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds between two comments.
    #[garde(range(min = 10, max = 600_000))]
    pub heartbeat_ms: u64,
    /// Milliseconds after which a stream ends.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_ms: u64,
    /// Milliseconds after which a client connects again.
    #[garde(range(min = 0, max = 600_000))]
    pub retry_ms: u64,
}

/// The times of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) poll: Duration,
    pub(crate) heartbeat: Duration,
    pub(crate) longest: Duration,
    pub(crate) retry: Duration,
}

/// The streams of this process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Inner>);

struct Inner {
    times: Times,
    limits: Arc<Limits>,
    shutdown: Shutdown,
    /// The orders that streams are about.
    watched: Mutex<HashMap<OrderId, Watched>>,
}

struct Watched {
    wake: watch::Sender<()>,
    streams: usize,
}

impl Progress {
    /// Without streams.
    pub(crate) fn new(config: &Config, shutdown: &Shutdown) -> Self {
        Self(Arc::new(Inner {
            times: Times {
                poll: Duration::from_millis(config.poll_ms),
                heartbeat: Duration::from_millis(config.heartbeat_ms),
                longest: Duration::from_millis(config.max_ms),
                retry: Duration::from_millis(config.retry_ms),
            },
            limits: Arc::new(Limits::new(config)),
            shutdown: shutdown.clone(),
            watched: Mutex::default(),
        }))
    }

    pub(crate) fn times(&self) -> Times {
        self.0.times
    }

    /// Counts a stream until the permit is dropped.
    ///
    /// # Errors
    /// Too many streams are open.
    pub(crate) fn admit(
        &self,
        account: UserId,
        network: Option<IpAddr>,
    ) -> Result<Permit, Refused> {
        self.0.limits.admit(account, network)
    }

    /// Events of an order from now on.
    pub(crate) fn watch(&self, order: OrderId) -> Watch {
        let mut watched = self.lock();
        let entry = watched.entry(order).or_insert_with(|| Watched {
            wake: watch::Sender::new(()),
            streams: 0,
        });
        entry.streams += 1;
        Watch {
            wakes: entry.wake.subscribe(),
            progress: self.clone(),
            order,
        }
    }

    /// Wakes the streams of an order.
    fn wake(&self, order: OrderId) {
        if let Some(watched) = self.lock().get(&order) {
            watched.wake.send_replace(());
        }
    }

    /// Wakes all streams.
    fn wake_all(&self) {
        for watched in self.lock().values() {
            watched.wake.send_replace(());
        }
    }

    /// Resolves when streams must end, so that the process can stop.
    pub(crate) async fn draining(&self) {
        self.0.shutdown.draining().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, Watched>> {
        self.0
            .watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of an order, for one stream.
pub(crate) struct Watch {
    wakes: watch::Receiver<()>,
    progress: Progress,
    order: OrderId,
}

impl Watch {
    /// Resolves after an event since the last call. Safe to cancel.
    pub(crate) async fn woken(&mut self) {
        if self.wakes.changed().await.is_err() {
            // The sender lives as long as this watch.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watched = self.progress.lock();
        if let Some(entry) = watched.get_mut(&self.order) {
            entry.streams -= 1;
            if entry.streams == 0 {
                watched.remove(&self.order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn progress() -> Progress {
        let config = Config {
            max: 1,
            max_per_account: 1,
            max_per_address: 1,
            poll_ms: 10,
            heartbeat_ms: 10,
            max_ms: 1,
            retry_ms: 0,
        };
        Progress::new(&config, &Shutdown::for_tests())
    }

    fn is_woken(watch: &mut Watch) -> bool {
        watch.woken().now_or_never().is_some()
    }

    #[tokio::test]
    async fn an_event_wakes_the_streams_of_its_order() {
        let progress = progress();
        let (order, other) = (OrderId::generate(), OrderId::generate());
        let mut watches = [progress.watch(order), progress.watch(order)];
        let mut others = progress.watch(other);
        assert!(!watches.iter_mut().any(is_woken));
        progress.wake(order);
        progress.wake(order);
        assert!(watches.iter_mut().all(is_woken));
        assert!(!watches.iter_mut().any(is_woken), "two events, one read");
        assert!(!is_woken(&mut others));
        progress.wake_all();
        assert!(watches.iter_mut().all(is_woken) && is_woken(&mut others));
    }

    #[tokio::test]
    async fn closed_streams_leave_nothing_behind() {
        let progress = progress();
        let order = OrderId::generate();
        let (one, mut two) = (progress.watch(order), progress.watch(order));
        drop(one);
        progress.wake(order);
        assert!(is_woken(&mut two));
        drop(two);
        assert!(progress.lock().is_empty());
        progress.wake(order);
    }
}
