use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};

/// The source of the current time. Clones share a manual time, so a test can set it for a service.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<RwLock<DateTime<Utc>>>>);

impl Clock {
    /// The system clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A manual clock that stays at `start` until [`Clock::advance`] is called.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(RwLock::new(start))))
    }

    /// The current time, truncated to microseconds, the resolution of PostgreSQL.
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the system clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &self.0 {
            None => Utc::now(),
            Some(time) => *time.read().unwrap_or_else(PoisonError::into_inner),
        };
        let micros = now.timestamp_micros();
        DateTime::from_timestamp_micros(micros).unwrap_or(now)
    }

    /// Advances a manual clock. Has no effect on the system clock.
    pub fn advance(&self, by: Duration) {
        if let Some(time) = &self.0 {
            *time.write().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_share_the_time() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::seconds(5));
        assert_eq!(clone.now(), DateTime::UNIX_EPOCH + Duration::seconds(5));
    }
}
