use std::time::Duration;

use garde::Validate;
use serde::Deserialize;

use super::{CHECKOUT, Overdue, Step};

/// The longest wait, one week. A larger value is most likely in another unit.
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// How long the saga waits for replies: the `[saga]` section of the configuration.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Milliseconds to wait for the reservation before the first retry; doubles with each.
    #[garde(range(min = 1, max = WEEK_MS))]
    pub reserve_wait_ms: u64,
    /// How often the reservation is requested before the checkout is given up.
    #[garde(range(min = 1, max = 10))]
    pub reserve_attempts: u32,
    /// Milliseconds to wait for the authorization before the first retry; doubles with each.
    #[garde(range(min = 1, max = WEEK_MS))]
    pub authorize_wait_ms: u64,
    /// How often the authorization is requested before the checkout is given up.
    #[garde(range(min = 1, max = 10))]
    pub authorize_attempts: u32,
    /// Milliseconds that the customer has for 3-D Secure.
    #[garde(range(min = 1, max = WEEK_MS))]
    pub authentication_wait_ms: u64,
    /// Milliseconds to wait before the first retry of a step that is never given up.
    #[garde(range(min = 1, max = self.insist_wait_max_ms))]
    pub insist_wait_ms: u64,
    /// The most milliseconds between two such retries; the wait doubles until then.
    #[garde(range(min = 1, max = WEEK_MS))]
    pub insist_wait_max_ms: u64,
    /// Milliseconds that a reservation outlives the longest possible wait, for the commit.
    #[garde(range(min = 1, max = WEEK_MS))]
    pub reservation_margin_ms: u64,
    /// Milliseconds between two searches for overdue replies.
    #[garde(range(min = 1, max = 3_600_000))]
    pub tick_ms: u64,
}

impl Timing {
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_ms)
    }

    /// How long to wait for the reply to this attempt of `step`.
    pub(crate) fn wait(&self, step: Step, attempts: u32) -> Duration {
        let doubled =
            |first: u64| first.saturating_mul(1_u64 << attempts.saturating_sub(1).min(30));
        Duration::from_millis(match step {
            Step::Reserve => doubled(self.reserve_wait_ms),
            Step::Authorize => doubled(self.authorize_wait_ms),
            Step::Commit | Step::Capture | Step::Void | Step::Release => self.insist(attempts),
        })
    }

    /// How long a customer has to act.
    pub(crate) fn wait_for_customer(&self) -> Duration {
        Duration::from_millis(self.authentication_wait_ms)
    }

    /// The longest time between two retries of a step that is never given up.
    pub(crate) fn longest_wait(&self) -> Duration {
        Duration::from_millis(self.insist_wait_max_ms)
    }

    /// How long to wait for the reply to this attempt of a refund.
    pub(crate) fn wait_for_refund(&self, attempts: u32) -> Duration {
        Duration::from_millis(self.insist(attempts))
    }

    /// How often a step is requested before it is given up.
    pub(crate) fn max_attempts(&self, step: Step) -> u32 {
        match step {
            Step::Reserve => self.reserve_attempts,
            Step::Authorize => self.authorize_attempts,
            Step::Commit | Step::Capture | Step::Void | Step::Release => u32::MAX,
        }
    }

    /// How long a reservation must hold: longer than all waits before the commit together, those for the
    /// customer included.
    pub fn reservation(&self) -> Duration {
        let waits: Duration = CHECKOUT
            .iter()
            .filter(|stage| stage.overdue != Overdue::Insist)
            .flat_map(|stage| (1..=self.max_attempts(stage.act)).map(|n| self.wait(stage.act, n)))
            .sum();
        let needed = CHECKOUT.iter().filter(|stage| stage.abandoned.is_some());
        let customer: Duration = needed.map(|_| self.wait_for_customer()).sum();
        waits + customer + Duration::from_millis(self.reservation_margin_ms)
    }

    fn insist(&self, attempts: u32) -> u64 {
        self.insist_wait_ms
            .saturating_mul(1_u64 << attempts.saturating_sub(1).min(30))
            .min(self.insist_wait_max_ms)
    }
}
