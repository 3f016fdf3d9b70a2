use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chassis::call::ClientNetwork;

use crate::domain;
use crate::metrics::USER_PASSWORD_CHECKS_SHED;
use crate::store::BucketKey;

/// Sign-ins to one account, or from one known device, at the same moment. A failure is counted at the end, so this bounds
/// how many guesses exceed the limit of an account: three, per replica.
const PER_ACCOUNT: usize = 4;

/// For whom a password is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Requester {
    /// The network of a client; `None` for all callers that name none.
    Network(Option<ClientNetwork>),
    /// The bucket of an account, known or unknown, or of a known device.
    Account(BucketKey),
}

/// Counts the hashes that run or wait, per requester, so that none of them fills the queue.
#[derive(Clone)]
pub(super) struct Shares {
    in_use: Arc<Mutex<HashMap<Requester, usize>>>,
    per_network: usize,
}

/// The places of one request, in the share of each of its requesters; given back when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Places {
    _shares: Arc<Vec<Share>>,
}

/// One place of one requester.
struct Share {
    shares: Shares,
    requester: Requester,
}

impl Shares {
    pub(super) fn new(per_network: usize) -> Self {
        Self {
            in_use: Arc::default(),
            per_network,
        }
    }

    /// # Errors
    /// `TooManySignIns`: one of them uses its share already.
    pub(super) fn take(&self, requesters: Vec<Requester>) -> Result<Places, domain::Error> {
        let taken = requesters
            .into_iter()
            .map(|requester| self.take_one(requester));
        let shares: Vec<Share> = taken.collect::<Option<_>>().ok_or_else(|| {
            USER_PASSWORD_CHECKS_SHED.inc();
            domain::Error::TooManySignIns
        })?;
        Ok(Places {
            _shares: Arc::new(shares),
        })
    }

    fn take_one(&self, requester: Requester) -> Option<Share> {
        let limit = match requester {
            Requester::Network(_) => self.per_network,
            Requester::Account(_) => PER_ACCOUNT,
        };
        let mut in_use = self.lock();
        let count = in_use.entry(requester.clone()).or_insert(0);
        if *count >= limit {
            return None;
        }
        *count += 1;
        drop(in_use);
        let shares = self.clone();
        Some(Share { shares, requester })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Requester, usize>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut in_use = self.shares.lock();
        if let Some(count) = in_use.get_mut(&self.requester) {
            *count -= 1;
            if *count == 0 {
                in_use.remove(&self.requester);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Requester {
        Requester::Network(ClientNetwork::parse(text))
    }

    #[test]
    fn a_network_gets_its_share_and_leaves_the_rest_to_others() {
        let shares = Shares::new(2);
        let first = shares.take(vec![network("10.0.0.1")]).unwrap();
        let _second = shares.take(vec![network("10.0.0.1")]).unwrap();
        assert!(shares.take(vec![network("10.0.0.1")]).is_err());
        let _other = shares.take(vec![network("10.0.0.2")]).unwrap();
        drop(first);
        assert!(shares.take(vec![network("10.0.0.1")]).is_ok());
    }

    #[test]
    fn an_account_gets_its_share_from_any_network() {
        let shares = Shares::new(100);
        let account = || Requester::Account(vec![7; 32]);
        let taken: Vec<_> = (0..PER_ACCOUNT)
            .map(|_| shares.take(vec![account()]).unwrap())
            .collect();
        assert!(shares.take(vec![network("10.0.0.1"), account()]).is_err());
        drop(taken);
        assert!(shares.lock().is_empty(), "a share is leaked");
    }
}
