//! Counters in the memory of this process.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::charge::{Charge, Outcome};

const SHARDS: usize = 16;
/// Counters per shard at most. A full shard is purged, so that many addresses cannot exhaust memory.
const MAX_COUNTERS: usize = 8_192;

type Shard = Mutex<HashMap<String, u64>>;

/// The same algorithm as `gcra.lua`.
pub(super) struct Local {
    started: Instant,
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

impl Default for Local {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            hasher: RandomState::new(),
            shards: Default::default(),
        }
    }
}

impl Local {
    pub(super) fn take(&self, charges: &[Charge]) -> Outcome {
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.take_at(now, charges)
    }

    /// Unlike `gcra.lua`, this is not atomic: a request that the account's limit rejects still counts
    /// against its client address.
    fn take_at(&self, now: u64, charges: &[Charge]) -> Outcome {
        let mut tightest = Outcome {
            allowed: true,
            index: 0,
            remaining: u64::MAX,
            wait_us: 0,
            reset_us: 0,
        };
        for (index, charge) in charges.iter().enumerate() {
            let outcome = self.charge(now, index, charge);
            if !outcome.allowed {
                return outcome;
            }
            if outcome.remaining < tightest.remaining {
                tightest = outcome;
            }
        }
        tightest
    }

    /// Takes the charges back, as far as they were counted here.
    pub(super) fn give_back(&self, charges: &[Charge]) {
        for charge in charges {
            let mut counters = self
                .shard(&charge.key)
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(counter) = counters.get_mut(&charge.key) {
                *counter = counter.saturating_sub(charge.rate.interval_us());
            }
        }
    }

    fn charge(&self, now: u64, index: usize, charge: &Charge) -> Outcome {
        let interval = charge.rate.interval_us();
        let mut counters = self
            .shard(&charge.key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let at = counters.get(&charge.key).copied().unwrap_or(0).max(now);
        let end = at.saturating_add(interval);
        let latest = now.saturating_add(charge.rate.tolerance_us());
        if end > latest {
            return Outcome {
                allowed: false,
                index,
                remaining: 0,
                wait_us: end - latest,
                reset_us: at - now,
            };
        }
        if let Some(counter) = counters.get_mut(&charge.key) {
            *counter = end;
        } else {
            purge_if_full(&mut counters, now);
            counters.insert(charge.key.clone(), end);
        }
        Outcome {
            allowed: true,
            index,
            remaining: (latest - end) / interval.max(1),
            wait_us: 0,
            reset_us: end - now,
        }
    }

    fn shard(&self, key: &str) -> &Shard {
        let [first, ..] = self.hasher.hash_one(key).to_le_bytes();
        let index = usize::from(first) % SHARDS;
        self.shards.get(index).unwrap_or(&self.shards[0])
    }
}

fn purge_if_full(counters: &mut HashMap<String, u64>, now: u64) {
    if counters.len() >= MAX_COUNTERS {
        counters.retain(|_, end| *end > now);
    }
    if counters.len() >= MAX_COUNTERS {
        counters.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::rate_limit::config::Rate;

    fn charge(per_minute: u32, burst: u32) -> Charge {
        Charge {
            key: "key".to_owned(),
            rate: Rate { per_minute, burst },
        }
    }

    #[test]
    fn after_the_burst_the_steady_rate_applies() {
        let local = Local::default();
        let one = [charge(60, 3)];
        for remaining in [2, 1, 0] {
            let outcome = local.take_at(0, &one);
            assert_eq!((outcome.allowed, outcome.remaining), (true, remaining));
        }
        let refused = local.take_at(0, &one);
        assert_eq!((refused.allowed, refused.wait_us), (false, 1_000_000));
        assert!(!local.take_at(999_999, &one).allowed);
        assert!(local.take_at(1_000_000, &one).allowed);
        assert!(!local.take_at(1_000_000, &one).allowed);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let local = Local::default();
        let one = [charge(60, 2)];
        for _ in 0..5 {
            assert!(local.take_at(0, &one).allowed);
            local.give_back(&one);
        }
        assert!(local.take_at(0, &one).allowed);
        assert!(local.take_at(0, &one).allowed);
        assert!(!local.take_at(0, &one).allowed);
    }

    #[test]
    fn the_counter_with_the_least_remaining_is_reported() {
        let local = Local::default();
        let mut account = charge(60, 2);
        account.key = "account".to_owned();
        let both = [charge(60, 10), account];
        let outcome = local.take_at(0, &both);
        assert_eq!((outcome.index, outcome.remaining), (1, 1));
    }

    #[test]
    fn a_full_shard_drops_expired_counters() {
        let mut counters: HashMap<String, u64> = (0..MAX_COUNTERS)
            .map(|number| (number.to_string(), if number == 0 { 10 } else { 1 }))
            .collect();
        purge_if_full(&mut counters, 5);
        assert_eq!(counters.len(), 1);
    }
}
