use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Grants permits at a fixed rate until the end of the run.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    interval: Duration,
    end: Instant,
    next: Mutex<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(per_second: u32, end: Instant) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second.max(1),
            end,
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for a permit; false if it would come after the end. Unused permits expire, so that a burst
    /// does not follow a slow period.
    pub(crate) async fn acquire(&self) -> bool {
        let granted_at = {
            let mut next = self.next.lock().await;
            let granted_at = (*next).max(Instant::now());
            if granted_at >= self.end {
                return false;
            }
            *next = granted_at + self.interval;
            granted_at
        };
        sleep_until(granted_at).await;
        true
    }

    /// Whether the run has ended.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_have_an_interval_and_stop_at_the_end() {
        let begin = Instant::now();
        let end = begin + Duration::from_secs(3_600);
        let limiter = RateLimiter::new(200, end);
        for _ in 0..5 {
            assert!(limiter.acquire().await);
        }
        // The fifth permit comes after four intervals of 5 ms.
        assert!(begin.elapsed() >= Duration::from_millis(20));
        assert!(!limiter.is_over());

        let over = RateLimiter::new(200, begin);
        assert!(!over.acquire().await);
        assert!(over.is_over());
    }

    #[tokio::test]
    async fn a_permit_after_the_end_is_denied() {
        let limiter = RateLimiter::new(1, Instant::now() + Duration::from_millis(900));
        assert!(limiter.acquire().await);
        // The next permit comes 1 s after the first one.
        assert!(!limiter.acquire().await);
    }
}
