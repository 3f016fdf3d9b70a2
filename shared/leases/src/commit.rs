//! Retries of a commit, and the backoff of the work.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const RETRIES: usize = 5;

/// Commits the outcome of work, with a few retries while errors are transient. If all fail, the lease
/// expires and the work is repeated.
///
/// # Errors
/// The last error.
pub async fn commit<T, E, F, Fut>(commit: F, is_transient: impl Fn(&E) -> bool) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let retries = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_times(RETRIES)
        .with_jitter();
    commit.retry(retries).when(is_transient).await
}

/// The delay after the failed `attempt`, counted from 1: `first`, doubled with each attempt up to `max`,
/// randomly between half of that and all of it.
///
/// `backon` cannot be used, because its state belongs to one process: here the row has the number of the
/// attempt, and another process may make the next one.
pub fn backoff(first: Duration, max: Duration, attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    let delay = first
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(max);
    delay.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_doubles_up_to_the_maximum_and_has_jitter() {
        let (first, max) = (Duration::from_millis(100), Duration::from_secs(1));
        for (attempt, full) in [
            (0, 100),
            (1, 100),
            (2, 200),
            (4, 800),
            (5, 1_000),
            (i32::MAX, 1_000),
        ] {
            let full = Duration::from_millis(full);
            let delays: Vec<Duration> = (0..200).map(|_| backoff(first, max, attempt)).collect();
            assert!(
                delays.iter().all(|delay| (full / 2..=full).contains(delay)),
                "{attempt}"
            );
            assert!(
                delays.iter().any(|delay| *delay > full.mul_f64(0.8)),
                "{attempt}"
            );
            assert!(
                delays.iter().any(|delay| *delay < full.mul_f64(0.7)),
                "{attempt}"
            );
        }
    }
}
