//! Resolves a host name into addresses, periodically.

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

/// `None`: the first lookup has not finished. Empty: no lookup has found an address yet.
pub(crate) type Addresses = Option<Arc<[SocketAddr]>>;

/// Shortest time between two lookups, however many connections fail.
const MIN_PAUSE: Duration = Duration::from_millis(200);
/// If there are more addresses, each process chooses a random subset.
const MAX_ADDRESSES: usize = 64;

/// The addresses of one upstream. Lookups stop when it is dropped.
#[derive(Debug)]
pub(crate) struct Resolver {
    addresses: watch::Receiver<Addresses>,
    refresh: Arc<Notify>,
    _lookups: Option<AbortOnDropHandle<()>>,
}

impl Resolver {
    /// An address that needs no lookup.
    pub(crate) fn fixed(address: SocketAddr) -> Self {
        Self {
            addresses: watch::channel(Some(Arc::from([address]))).1,
            refresh: Arc::default(),
            _lookups: None,
        }
    }

    /// Looks the host name up now, after each period, and soon after [`Resolver::refresh`].
    pub(crate) fn start(upstream: &'static str, period: Duration, lookup: Lookup) -> Self {
        let (found, addresses) = watch::channel(None);
        let refresh = Arc::new(Notify::new());
        let lookups = Lookups {
            upstream,
            period,
            lookup,
            refresh: Arc::clone(&refresh),
            order: RandomState::new(),
        };
        Self {
            addresses,
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
    pub(crate) fn watch(&self) -> watch::Receiver<Addresses> {
        self.addresses.clone()
    }

    pub(crate) fn addresses(&self) -> Addresses {
        self.addresses.borrow().clone()
    }

    /// Looks the host name up soon; called when a connection failed or ended.
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
    async fn run(self, addresses: watch::Sender<Addresses>) {
        let mut failing = false;
        loop {
            // One lookup at a time: if it hangs, only this task waits.
            let found = (self.lookup)().await;
            let failed = self.update(found, &addresses);
            match &failed {
                Some(cause) if !failing => {
                    tracing::warn!(
                        upstream = self.upstream,
                        cause,
                        "the host name cannot be resolved"
                    );
                }
                None if failing => {
                    tracing::info!(upstream = self.upstream, "the host name is resolved again");
                }
                _ => {}
            }
            failing = failed.is_some();
            sleep(MIN_PAUSE).await;
            tokio::select! {
                () = sleep(jitter(self.period).saturating_sub(MIN_PAUSE)) => {}
                () = self.refresh.notified() => {}
            }
        }
    }

    /// Publishes the found addresses, or returns why there are none. In that case the previous
    /// addresses stay: an outage of the resolver does not make endpoints unreachable.
    fn update(
        &self,
        found: io::Result<Vec<SocketAddr>>,
        addresses: &watch::Sender<Addresses>,
    ) -> Option<String> {
        let failed = match found {
            Ok(found) if !found.is_empty() => {
                let found = self.choose(found);
                addresses.send_if_modified(|current| {
                    let new = current.as_ref() != Some(&found);
                    if new {
                        tracing::debug!(upstream = self.upstream, addresses = ?found, "resolved");
                        *current = Some(found);
                    }
                    new
                });
                return None;
            }
            Ok(_) => "it has no address".to_owned(),
            Err(error) => error.to_string(),
        };
        addresses.send_if_modified(|current| {
            let new = current.is_none();
            if new {
                *current = Some(Arc::from([]));
            }
            new
        });
        Some(failed)
    }

    /// Sorts the addresses and limits their number. Independent of the order in which they were found.
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

/// Spreads the lookups of processes that started at the same time.
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
    fn the_order_of_the_found_addresses_does_not_matter() {
        let lookups = lookups();
        let (addresses, changes) = watch::channel(None);
        lookups.update(Ok(vec![address(1), address(2)]), &addresses);
        let mut changes = changes.clone();
        changes.mark_unchanged();
        lookups.update(Ok(vec![address(2), address(1), address(2)]), &addresses);
        assert!(!changes.has_changed().unwrap());
    }

    #[test]
    fn addresses_stay_while_the_resolver_fails() {
        let lookups = lookups();
        let (addresses, changes) = watch::channel(None);
        let failure = || Err(io::Error::other("no response"));
        assert!(lookups.update(failure(), &addresses).is_some());
        assert_eq!(
            changes.borrow().as_deref(),
            Some(&[][..]),
            "callers must not wait"
        );
        lookups.update(Ok(vec![address(1)]), &addresses);
        assert!(lookups.update(failure(), &addresses).is_some());
        assert!(lookups.update(Ok(Vec::new()), &addresses).is_some());
        assert_eq!(changes.borrow().as_deref(), Some(&[address(1)][..]));
    }

    #[test]
    fn of_many_addresses_the_same_subset_is_chosen_each_time() {
        let lookups = lookups();
        let all: Vec<SocketAddr> = (0..1_000).map(address).collect();
        let part = lookups.choose(all.clone());
        assert_eq!(part.len(), MAX_ADDRESSES);
        assert_eq!(lookups.choose(all.into_iter().rev().collect()), part);
    }
}
