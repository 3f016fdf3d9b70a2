//! How many streams are open: in all, per account and per client network.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::UserId;

use super::Config;
use crate::metrics::HTTP_SERVER_EVENT_STREAMS;

pub(super) struct Limits {
    max: usize,
    max_per_account: usize,
    max_per_network: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of_account: HashMap<UserId, usize>,
    of_network: HashMap<IpAddr, usize>,
}

/// Why no further stream may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process has as many as it may.
    Full,
    /// The account or the client network has as many as it may.
    TooMany,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            max: config.max,
            max_per_account: config.max_per_account,
            max_per_network: config.max_per_address,
            open: Mutex::default(),
        }
    }

    /// Counts a stream until the permit is dropped. The limit per network applies if the client's is known.
    pub(super) fn admit(
        self: &Arc<Self>,
        account: UserId,
        network: Option<IpAddr>,
    ) -> Result<Permit, Refused> {
        let mut open = self.lock();
        let of_account = open.of_account.get(&account).copied().unwrap_or_default();
        let of_network = network.and_then(|network| open.of_network.get(&network).copied());
        if of_account >= self.max_per_account
            || of_network.unwrap_or_default() >= self.max_per_network
        {
            return Err(Refused::TooMany);
        }
        if open.all >= self.max {
            return Err(Refused::Full);
        }
        open.all += 1;
        *open.of_account.entry(account).or_default() += 1;
        if let Some(network) = network {
            *open.of_network.entry(network).or_default() += 1;
        }
        HTTP_SERVER_EVENT_STREAMS.of(()).inc();
        Ok(Permit {
            limits: Arc::clone(self),
            account,
            network,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to be open.
pub(crate) struct Permit {
    limits: Arc<Limits>,
    account: UserId,
    network: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        HTTP_SERVER_EVENT_STREAMS.of(()).dec();
        let mut open = self.limits.lock();
        open.all -= 1;
        count_down(&mut open.of_account, &self.account);
        if let Some(network) = self.network {
            count_down(&mut open.of_network, &network);
        }
    }
}

fn count_down<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max: usize, max_per_account: usize, max_per_network: usize) -> Arc<Limits> {
        Arc::new(Limits {
            max,
            max_per_account,
            max_per_network,
            open: Mutex::default(),
        })
    }

    #[test]
    fn streams_are_limited_in_all_per_account_and_per_network() {
        let [ada, bob, eve] = [(); 3].map(|()| UserId::generate());
        let [here, there] = [1, 2].map(|last| Some(IpAddr::from([10, 0, 0, last])));
        let refused = |limits: &Arc<Limits>, account, network| limits.admit(account, network).err();

        let per_account = limits(9, 1, 9);
        let open = per_account.admit(ada, here).unwrap();
        assert_eq!(refused(&per_account, ada, there), Some(Refused::TooMany));
        assert_eq!(refused(&per_account, bob, here), None);
        drop(open);
        assert_eq!(refused(&per_account, ada, there), None);

        let per_network = limits(9, 9, 1);
        let _open = per_network.admit(ada, here).unwrap();
        assert_eq!(refused(&per_network, bob, here), Some(Refused::TooMany));
        assert_eq!(refused(&per_network, bob, None), None);

        let full = limits(2, 9, 9);
        let _open = [
            full.admit(ada, here).unwrap(),
            full.admit(bob, there).unwrap(),
        ];
        assert_eq!(refused(&full, eve, None), Some(Refused::Full));
    }

    #[test]
    fn closed_streams_are_not_counted() {
        let limits = limits(2, 2, 2);
        let (ada, here) = (UserId::generate(), Some(IpAddr::from([10, 0, 0, 1])));
        let open = [
            limits.admit(ada, here).unwrap(),
            limits.admit(ada, here).unwrap(),
        ];
        drop(open);
        let open = limits.lock();
        assert_eq!(open.all, 0);
        assert!(open.of_account.is_empty() && open.of_network.is_empty());
    }
}
