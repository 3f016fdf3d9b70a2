//! A retry budget: when all calls fail, retries must not multiply the load.

use std::sync::{Mutex, PoisonError};

use instruments::Reading;
use tokio::time::Instant;

/// Thousandths of a retry that each call earns: one retry per ten calls.
const EARNED_PER_CALL: u64 = 100;
/// Thousandths of a retry that each second earns, so that a client with few calls can retry.
const EARNED_PER_SECOND: u64 = 1_000;
const COST: u64 = 1_000;
/// Most thousandths that can be saved: ten retries.
const CAP: u64 = 10_000;

#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<State>);

#[derive(Debug)]
struct State {
    balance: u64,
    refilled: Instant,
}

impl RetryBudget {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            balance: CAP,
            refilled: now,
        }))
    }

    /// The remaining share of the budget, 0 to 1, for the gauge.
    pub(crate) fn left(&self) -> f64 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.balance.value() / CAP.value()
    }

    /// Adds the share of one call.
    pub(crate) fn earn(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.balance = (state.balance + EARNED_PER_CALL).min(CAP);
    }

    /// Pays for a retry; false if the budget is used up.
    pub(crate) fn spend(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.saturating_duration_since(state.refilled).as_secs();
        if seconds > 0 {
            state.refilled = now;
            state.balance = (state.balance + seconds.saturating_mul(EARNED_PER_SECOND)).min(CAP);
        }
        if state.balance < COST {
            return false;
        }
        state.balance -= COST;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn spent(budget: &RetryBudget, now: Instant) -> usize {
        (0..100).filter(|_| budget.spend(now)).count()
    }

    #[test]
    fn a_full_budget_allows_ten_retries() {
        let now = Instant::now();
        assert_eq!(spent(&RetryBudget::new(now), now), 10);
    }

    #[test]
    fn ten_calls_earn_one_retry() {
        let now = Instant::now();
        let budget = RetryBudget::new(now);
        spent(&budget, now);
        (0..35).for_each(|_| budget.earn());
        assert_eq!(spent(&budget, now), 3);
    }

    #[test]
    fn a_second_earns_one_retry_up_to_the_cap() {
        let now = Instant::now();
        let budget = RetryBudget::new(now);
        spent(&budget, now);
        assert_eq!(spent(&budget, now + Duration::from_secs(2)), 2);
        assert_eq!(spent(&budget, now + Duration::from_secs(3_600)), 10);
    }
}
