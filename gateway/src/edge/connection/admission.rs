//! How many connections are open, in all and per client network.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Context,
    time::Duration,
};

use futures_util::task::AtomicWaker;

use crate::{
    edge::{
        client_address::{TrustedProxies, network},
        config::HttpConfig,
    },
    metrics::HTTP_SERVER_CONNECTIONS,
};

/// The open connections of this process.
pub(crate) struct Connections {
    max: usize,
    max_per_address: usize,
    trusted_proxies: TrustedProxies,
    count: AtomicUsize,
    /// The connections of each network, the oldest one first. Those of trusted proxies are not listed.
    of_network: Mutex<HashMap<IpAddr, VecDeque<Arc<Entry>>>>,
}

/// A connection as the others see it.
#[derive(Default)]
struct Entry {
    /// Whether it waits for a request, or for the rest of its head.
    waits: AtomicBool,
    is_evicted: AtomicBool,
    waker: AtomicWaker,
}

impl Connections {
    pub(crate) fn new(http: &HttpConfig, trusted_proxies: TrustedProxies) -> Self {
        Self {
            max: http.max_connections,
            max_per_address: http.max_connections_per_address,
            trusted_proxies,
            count: AtomicUsize::new(0),
            of_network: Mutex::default(),
        }
    }

    /// Counts a new connection until the permit is dropped.
    ///
    /// If its network has `max_per_address` connections, the oldest one that waits for a request is closed. So idle
    /// connections do not keep other clients behind the same address out. `None` if all of them are in use.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let peer = peer.to_canonical();
        let network = (!self.trusted_proxies.is_trusted(peer)).then(|| network(peer));
        let entry = Arc::new(Entry::default());
        entry.waits.store(true, Ordering::Relaxed);
        if let Some(network) = network {
            let mut of_network = self.lock();
            let entries = of_network.entry(network).or_default();
            if entries.len() >= self.max_per_address {
                let waits = |entry: &Arc<Entry>| entry.waits.load(Ordering::Relaxed);
                let oldest = entries.iter().position(waits)?;
                if let Some(evicted) = entries.remove(oldest) {
                    evicted.is_evicted.store(true, Ordering::Release);
                    evicted.waker.wake();
                }
            }
            entries.push_back(Arc::clone(&entry));
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        HTTP_SERVER_CONNECTIONS.of(()).inc();
        Some(Permit {
            connections: Arc::clone(self),
            network,
            entry,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, VecDeque<Arc<Entry>>>> {
        self.of_network
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to be open.
pub(crate) struct Permit {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
    entry: Arc<Entry>,
}

impl Permit {
    /// Whether the connection must close for a newer one. Wakes the task when it must.
    pub(super) fn is_evicted(&self, context: &Context<'_>) -> bool {
        self.entry.waker.register(context.waker());
        self.entry.is_evicted.load(Ordering::Acquire)
    }

    /// Whether the connection waits for a request.
    pub(super) fn set_waiting(&self, waits: bool) {
        self.entry.waits.store(waits, Ordering::Relaxed);
    }

    /// How long an unused connection is kept: less when most of all connections are taken.
    pub(super) fn idle(&self, usual: Duration, scarce: Duration) -> Duration {
        let most = self.connections.max - self.connections.max / 4;
        if self.connections.count.load(Ordering::Relaxed) > most {
            usual.min(scarce)
        } else {
            usual
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        HTTP_SERVER_CONNECTIONS.of(()).dec();
        self.connections.count.fetch_sub(1, Ordering::Relaxed);
        let Some(network) = self.network else {
            return;
        };
        let mut of_network = self.connections.lock();
        if let Some(entries) = of_network.get_mut(&network) {
            entries.retain(|entry| !Arc::ptr_eq(entry, &self.entry));
            if entries.is_empty() {
                of_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(max: usize, max_per_address: usize) -> Arc<Connections> {
        Arc::new(Connections {
            max,
            max_per_address,
            trusted_proxies: TrustedProxies::default(),
            count: AtomicUsize::new(0),
            of_network: Mutex::default(),
        })
    }

    fn is_evicted(permit: &Permit) -> bool {
        permit.is_evicted(&Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn the_oldest_waiting_connection_of_a_network_is_evicted() {
        let connections = connections(100, 2);
        let peer: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbor: IpAddr = "2001:db8::2".parse().unwrap();
        let busy = connections.admit(peer).unwrap();
        busy.set_waiting(false);
        let waiting = connections.admit(neighbor).unwrap();
        let newest = connections.admit(peer).unwrap();
        assert!(is_evicted(&waiting) && !is_evicted(&busy) && !is_evicted(&newest));
        newest.set_waiting(false);
        assert!(connections.admit(peer).is_none(), "both are in use");
        assert!(
            connections
                .admit("2001:db8:1::1".parse().unwrap())
                .is_some()
        );
        drop(busy);
        assert!(connections.admit(peer).is_some());
    }

    #[test]
    fn closed_connections_leave_nothing_behind() {
        let connections = connections(4, 1);
        let usual = Duration::from_secs(75);
        let scarce = Duration::from_secs(5);
        let permits: Vec<Permit> = (1..=4)
            .map(|last| connections.admit(IpAddr::from([10, 0, 0, last])).unwrap())
            .collect();
        assert_eq!(permits[0].idle(usual, scarce), scarce);
        let mut permits = permits.into_iter();
        let kept = permits.next();
        drop(permits);
        assert_eq!(
            kept.as_ref().map(|permit| permit.idle(usual, scarce)),
            Some(usual)
        );
        drop(kept);
        assert_eq!(connections.count.load(Ordering::Relaxed), 0);
        assert!(connections.lock().is_empty());
    }
}
