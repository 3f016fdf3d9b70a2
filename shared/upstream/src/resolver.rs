//! The addresses behind a host name, looked up periodically.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// Finds the addresses of an upstream.
pub(crate) type Lookup =
    Arc<dyn Fn() -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// `None`: not looked up yet. Empty: no lookup has found an address yet.
pub(crate) type Known = Option<Arc<[SocketAddr]>>;

/// The shortest time between two lookups, however many connections fail.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// Of more addresses each process takes a random part.
const MAX_ADDRESSES: usize = 64;

/// The addresses of one upstream. Lookups end when it is dropped.
#[derive(Debug)]
pub(crate) struct Resolver {
    known: watch::Receiver<Known>,
    refresh: Arc<Notify>,
    _lookups: Option<AbortOnDropHandle<()>>,
}

impl Resolver {
    /// An address that needs no lookup.
    pub(crate) fn fixed(address: SocketAddr) -> Self {
        Self {
            known: watch::channel(Some(Arc::from([address]))).1,
            refresh: Arc::default(),
            _lookups: None,
        }
    }

    /// Looks the host name up now, after each period, and soon after [`Resolver::refresh`].
    pub(crate) fn start(upstream: &'static str, period: Duration, lookup: Lookup) -> Self {
        let (found, known) = watch::channel(None);
        let refresh = Arc::new(Notify::new());
        let lookups = Lookups {
            upstream,
            period,
            lookup,
            refresh: Arc::clone(&refresh),
            order: RandomState::new(),
        };
        Self {
            known,
            refresh,
            _lookups: Some(AbortOnDropHandle::new(tokio::spawn(lookups.run(found)))),
        }
    }

    /// The system's resolver: it reads `/etc/hosts` and `/etc/resolv.conf`.
    pub(crate) fn of_host(host: String, port: u16) -> Lookup {
        Arc::new(move || {
            let host = host.clone();
            async move {
                let found = tokio::net::lookup_host((host.as_str(), port)).await?;
                Ok(found.collect())
            }
            .boxed()
        })
    }

    /// The addresses and their changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Known> {
        self.known.clone()
    }

    pub(crate) fn known(&self) -> Known {
        self.known.borrow().clone()
    }

    /// A connection failed or ended: the addresses may have changed.
    pub(crate) fn refresh(&self) {
        self.refresh.notify_one();
    }
}

struct Lookups {
    upstream: &'static str,
    period: Duration,
    lookup: Lookup,
    refresh: Arc<Notify>,
    order: RandomState,
}

impl Lookups {
    async fn run(self, known: watch::Sender<Known>) {
        let mut failing = false;
        loop {
            // One lookup at a time: if it hangs, only this task waits.
            let found = (self.lookup)().await;
            let failed = self.take(found, &known);
            match &failed {
                Some(cause) if !failing => {
                    tracing::warn!(
                        upstream = self.upstream,
                        cause,
                        "its host name cannot be resolved"
                    );
                }
                None if failing => {
                    tracing::info!(upstream = self.upstream, "its host name is resolved again");
                }
                _ => {}
            }
            failing = failed.is_some();
            sleep(SHORTEST_PAUSE).await;
            tokio::select! {
                () = sleep(jitter(self.period).saturating_sub(SHORTEST_PAUSE)) => {}
                () = self.refresh.notified() => {}
            }
        }
    }

    /// Returns why nothing was found. Known addresses then stay: endpoints do not go away with the
    /// resolver, and those that did cannot be connected to.
    fn take(
        &self,
        found: io::Result<Vec<SocketAddr>>,
        known: &watch::Sender<Known>,
    ) -> Option<String> {
        let failed = match found {
            Ok(found) if !found.is_empty() => {
                let found = self.choose(found);
                known.send_if_modified(|known| {
                    let new = known.as_ref() != Some(&found);
                    if new {
                        tracing::debug!(upstream = self.upstream, addresses = ?found, "resolved");
                        *known = Some(found);
                    }
                    new
                });
                return None;
            }
            Ok(_) => "it has no address".to_owned(),
            Err(error) => error.to_string(),
        };
        known.send_if_modified(|known| {
            let new = known.is_none();
            if new {
                *known = Some(Arc::from([]));
            }
            new
        });
        Some(failed)
    }

    /// Independent of the order of the answer.
    fn choose(&self, mut found: Vec<SocketAddr>) -> Arc<[SocketAddr]> {
        found.sort_unstable();
        found.dedup();
        if found.len() > MAX_ADDRESSES {
            found.sort_by_cached_key(|address| self.order.hash_one(address));
            found.truncate(MAX_ADDRESSES);
        }
        Arc::from(found)
    }
}

/// Processes that started together do not look up together.
fn jitter(period: Duration) -> Duration {
    period.mul_f64(rand::random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookups() -> Lookups {
        Lookups {
            upstream: "order",
            period: Duration::from_secs(5),
            lookup: Resolver::of_host("order".to_owned(), 1),
            refresh: Arc::default(),
            order: RandomState::new(),
        }
    }

    fn address(last: usize) -> SocketAddr {
        format!("10.0.{}.{}:1", last / 256, last % 256)
            .parse()
            .unwrap()
    }

    #[test]
    fn the_order_of_an_answer_means_nothing() {
        let lookups = lookups();
        let (known, changes) = watch::channel(None);
        lookups.take(Ok(vec![address(1), address(2)]), &known);
        let mut changes = changes.clone();
        changes.mark_unchanged();
        lookups.take(Ok(vec![address(2), address(1), address(2)]), &known);
        assert!(!changes.has_changed().unwrap());
    }

    #[test]
    fn what_is_known_stays_while_the_resolver_fails() {
        let lookups = lookups();
        let (known, changes) = watch::channel(None);
        let no = || Err(io::Error::other("no answer"));
        assert!(lookups.take(no(), &known).is_some());
        assert_eq!(
            changes.borrow().as_deref(),
            Some(&[][..]),
            "callers do not wait"
        );
        lookups.take(Ok(vec![address(1)]), &known);
        assert!(lookups.take(no(), &known).is_some());
        assert!(lookups.take(Ok(Vec::new()), &known).is_some());
        assert_eq!(changes.borrow().as_deref(), Some(&[address(1)][..]));
    }

    #[test]
    fn of_many_addresses_the_same_part_is_taken_each_time() {
        let lookups = lookups();
        let all: Vec<SocketAddr> = (0..1_000).map(address).collect();
        let part = lookups.choose(all.clone());
        assert_eq!(part.len(), MAX_ADDRESSES);
        assert_eq!(lookups.choose(all.into_iter().rev().collect()), part);
    }
}
