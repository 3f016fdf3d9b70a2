use std::time::Duration as StdDuration;

use chrono::{DateTime, Duration, Utc};

/// A leaky bucket: some failures at once, then one whenever its share has drained. Its whole state is the time at which
/// it is empty (GCRA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttle {
    burst: i32,
    every: Duration,
}

impl Throttle {
    /// `burst` failures at once, and `per_hour` in the long run; both at least 1.
    pub(crate) fn new(burst: u32, per_hour: u32) -> Self {
        let burst = i32::try_from(burst.max(1)).unwrap_or(i32::MAX);
        let every = Duration::milliseconds(3_600_000 / i64::from(per_hour.max(1)));
        Self { burst, every }
    }

    /// How long nothing is let through, if the bucket is empty at `empty_at`. `None` if it is not full.
    pub(crate) fn wait(
        &self,
        empty_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<StdDuration> {
        let free_at = empty_at? - self.every * (self.burst - 1);
        let wait = (free_at - now).to_std().ok()?;
        (!wait.is_zero()).then_some(wait)
    }

    /// By how much one failure moves the time at which the bucket is empty.
    pub(crate) const fn step(&self) -> Duration {
        self.every
    }

    /// How far ahead of now that time is at most: failures of calls in flight do not add to a full bucket.
    pub(crate) fn horizon(&self) -> Duration {
        self.every * self.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    /// The state after a failure, as the store computes it.
    fn fail(
        throttle: &Throttle,
        empty_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let next = empty_at.unwrap_or(now).max(now) + throttle.step();
        Some(next.min(now + throttle.horizon()))
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let throttle = Throttle::new(3, 60);
        let mut state = None;
        for _ in 0..3 {
            assert_eq!(throttle.wait(state, NOW), None);
            state = fail(&throttle, state, NOW);
        }
        assert_eq!(throttle.wait(state, NOW), Some(StdDuration::from_secs(60)));
        let later = NOW + Duration::seconds(60);
        assert_eq!(throttle.wait(state, later), None);
        state = fail(&throttle, state, later);
        assert!(throttle.wait(state, later).is_some());
        assert_eq!(throttle.wait(state, later + Duration::seconds(180)), None);
    }

    #[test]
    fn a_full_bucket_does_not_grow() {
        let throttle = Throttle::new(2, 3_600);
        let mut state = None;
        for _ in 0..1_000 {
            state = fail(&throttle, state, NOW);
        }
        assert_eq!(throttle.wait(state, NOW), Some(StdDuration::from_secs(1)));
    }
}
