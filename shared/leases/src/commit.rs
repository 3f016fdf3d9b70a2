//! Trying again: the commit of an outcome, and the work itself.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const RETRIES: usize = 5;

/// Commits the outcome of work, a few more times while `is_transient` holds. After that the lease runs
/// out and the work is done again, which is worth avoiding.
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

/// The delay after a failed attempt, from 1: `first`, doubled with each attempt up to `longest`; by
/// chance between half of that and all of it.
///
/// Not `backon`, whose delays belong to one running call: the number of the attempt comes from the row,
/// and another process may make the next one.
pub fn backoff(first: Duration, longest: Duration, attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    let delay = first
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(longest);
    delay.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_doubles_up_to_the_longest_and_is_spread() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        for (attempt, whole) in [
            (0, 100),
            (1, 100),
            (2, 200),
            (4, 800),
            (5, 1_000),
            (i32::MAX, 1_000),
        ] {
            let whole = Duration::from_millis(whole);
            let delays: Vec<Duration> =
                (0..200).map(|_| backoff(first, longest, attempt)).collect();
            assert!(
                delays
                    .iter()
                    .all(|delay| (whole / 2..=whole).contains(delay)),
                "{attempt}"
            );
            assert!(
                delays.iter().any(|delay| *delay > whole.mul_f64(0.8)),
                "{attempt}"
            );
            assert!(
                delays.iter().any(|delay| *delay < whole.mul_f64(0.7)),
                "{attempt}"
            );
        }
    }
}
