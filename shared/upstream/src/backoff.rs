//! Pauses that double with each failure, with jitter.

use std::time::Duration;

/// Pauses between `first` and `max`.
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) const fn from_millis(first: u64, max: u64) -> Self {
        Self {
            first: Duration::from_millis(first),
            max: Duration::from_millis(max),
        }
    }

    /// The pause after a failure, with `failures` consecutive failures before it. Random between half
    /// of the full pause and all of it.
    pub(crate) fn after(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures));
        let jitter = rand::random_range(0.5..1.0);
        doubled.min(self.max).mul_f64(jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_the_maximum_and_has_jitter() {
        let backoff = Backoff::from_millis(20, 500);
        for (failures, full) in [(0, 20), (1, 40), (4, 320), (5, 500), (u32::MAX, 500)] {
            let full = Duration::from_millis(full);
            for _ in 0..100 {
                let pause = backoff.after(failures);
                assert!(full / 2 <= pause && pause < full, "{failures}: {pause:?}");
            }
        }
    }
}
