use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};

/// Where the time comes from. Clones share it, so a test can move it for a whole service.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<RwLock<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(RwLock::new(start))))
    }

    /// The time now, to the microsecond: what PostgreSQL can store.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &self.0 {
            None => Utc::now(),
            Some(time) => *time.read().unwrap_or_else(PoisonError::into_inner),
        };
        let micros = now.timestamp_micros();
        DateTime::from_timestamp_micros(micros).unwrap_or(now)
    }

    /// Moves a manual clock; the machine's clock is not moved.
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
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::seconds(5));
        assert_eq!(clone.now(), DateTime::UNIX_EPOCH + Duration::seconds(5));
    }
}
