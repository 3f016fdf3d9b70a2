//! How the operations view writes figures: short, with a unit, and never more exact than they are.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{pages::format, system::Traffic};

/// What is written where there is no figure.
const NONE: &str = "–";

/// `0`, `<0.1`, `3.2`, `120`.
pub(super) fn rate(per_time: f64) -> String {
    match per_time {
        zero if zero <= 0.0 => "0".to_owned(),
        small if small < 0.1 => "<0.1".to_owned(),
        some if some < 9.95 => format!("{some:.1}"),
        many => format!("{many:.0}"),
    }
}

/// `<1 ms`, `12 ms`, `1.2 s`.
pub(super) fn milliseconds(ms: Option<f64>) -> String {
    match ms {
        None => NONE.to_owned(),
        Some(ms) if ms < 1.0 => "<1 ms".to_owned(),
        Some(ms) if ms < 999.5 => format!("{ms:.0} ms"),
        Some(ms) => seconds(ms / 1_000.0),
    }
}

/// `0 s`, `0.4 s`, `12 s`, `3 min`.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        none if none < 0.05 => "0 s".to_owned(),
        some if some < 9.95 => format!("{some:.1} s"),
        some if some < 119.5 => format!("{some:.0} s"),
        many => format!("{:.0} min", many / 60.0),
    }
}

/// `0 %`, `<1 %`, `12 %`.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0 %".to_owned(),
        few if few < 1.0 => "<1 %".to_owned(),
        many => format!("{many:.0} %"),
    }
}

/// `640 KiB`, `12 MiB`, `1.5 GiB`.
pub(super) fn bytes(bytes: f64) -> String {
    const KIB: f64 = 1_024.0;
    match bytes {
        small if small < KIB * KIB => format!("{:.0} KiB", small / KIB),
        some if some < KIB * KIB * KIB => format!("{:.0} MiB", some / KIB / KIB),
        many => format!("{:.1} GiB", many / KIB / KIB / KIB),
    }
}

/// The size of a table.
pub(super) fn size(size: u64) -> String {
    // Exact up to 4 TiB.
    let kib = u32::try_from(size / 1_024).unwrap_or(u32::MAX);
    bytes(f64::from(kib) * 1_024.0)
}

/// `1,234`, or a dash if it is not known.
pub(super) fn rows(rows: Option<u64>) -> String {
    rows.map_or_else(|| NONE.to_owned(), format::number)
}

/// As [`milliseconds`].
pub(super) fn duration(time: TimeDelta) -> String {
    milliseconds(Some(time.as_seconds_f64() * 1_000.0))
}

/// How long a process has run: `12 s`, `4 min`, `3 h`.
pub(super) fn age(started_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    match started_at.map(|at| (now - at).as_seconds_f64()) {
        None => NONE.to_owned(),
        Some(long) if long >= 7_200.0 => format!("{:.0} h", long / 3_600.0),
        Some(short) => seconds(short),
    }
}

/// A number of things.
pub(super) fn amount(amount: f64) -> String {
    // The sum of nothing is -0.0.
    format!("{:.0}", amount + 0.0)
}

/// Traffic in the cells of a table.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// `3.2/s`
    pub(super) rate: String,
    /// `2 %`
    pub(super) errors: String,
    /// Whether there are any.
    pub(super) has_errors: bool,
    /// `12 ms`
    pub(super) mean: String,
    /// `40 ms`
    pub(super) p95: String,
}

impl Cells {
    pub(super) fn of(traffic: Option<Traffic>) -> Self {
        let Some(traffic) = traffic else {
            let none = || NONE.to_owned();
            return Self {
                rate: none(),
                errors: none(),
                has_errors: false,
                mean: none(),
                p95: none(),
            };
        };
        Self {
            rate: format!("{}/s", rate(traffic.per_second)),
            errors: percent(traffic.error_share),
            has_errors: traffic.error_share > 0.0,
            mean: milliseconds(traffic.mean_ms),
            p95: milliseconds(traffic.p95_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_have_units() {
        let rates = [0.0, 0.01, 0.14, 9.99, 1234.5].map(rate);
        assert_eq!(rates, ["0", "<0.1", "0.1", "10", "1234"]);
        assert_eq!([-0.0, 12.0].map(amount), ["0", "12"]);
        let times = [None, Some(0.2), Some(12.4), Some(1_250.0)].map(milliseconds);
        assert_eq!(times, ["–", "<1 ms", "12 ms", "1.2 s"]);
        assert_eq!([0.0, 14.2, 300.0].map(seconds), ["0 s", "14 s", "5 min"]);
        assert_eq!([0.0, 0.001, 0.126].map(percent), ["0 %", "<1 %", "13 %"]);
        let sizes = [2_048.0, 12_582_912.0, 1_610_612_736.0].map(bytes);
        assert_eq!(sizes, ["2 KiB", "12 MiB", "1.5 GiB"]);
    }
}
