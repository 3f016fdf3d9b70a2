//! Days of a filter, in UTC.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// What a day must be, after "must be".
pub(super) const EXPECTED: &str = "a date: 2026-11-30";

/// When a day begins.
pub(super) fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// When a day has ended; `None` after the last day that there is.
pub(super) fn end(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.checked_add_days(Days::new(1)).map(start)
}
