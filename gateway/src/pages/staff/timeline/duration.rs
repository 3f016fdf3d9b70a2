//! Lengths of time, as short as an arrow's label.

use chrono::TimeDelta;

const SECOND: i64 = 1_000_000;

/// `4.2 ms`, `43 ms`, `1.2 s`, `3 min 12 s`, `2 h 14 min`, `3 d 4 h`. A negative length, from clocks that differ, is 0.
pub(super) fn text(length: TimeDelta) -> String {
    let micros = length.num_microseconds().unwrap_or(i64::MAX).max(0);
    let seconds = micros / SECOND;
    match micros {
        0..9_950 => tenths(micros.saturating_add(50) / 100, "ms"),
        9_950..999_500 => format!("{} ms", (micros + 500) / 1_000),
        999_500..9_950_000 => tenths((micros + 50_000) / 100_000, "s"),
        _ if seconds < 60 => format!("{seconds} s"),
        _ if seconds < 3_600 => pair(seconds / 60, "min", seconds % 60, "s"),
        _ if seconds < 86_400 => pair(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    }
}

fn tenths(tenths: i64, unit: &str) -> String {
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

fn pair(large: i64, unit: &str, small: i64, smaller: &str) -> String {
    match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {smaller}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_at_most_two_units() {
        for (micros, expected) in [
            (-5, "0.0 ms"),
            (4_249, "4.2 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (43_400, "43 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (1_240_000, "1.2 s"),
            (59_999_999, "59 s"),
            (60_000_000, "1 min"),
            (192_000_000, "3 min 12 s"),
            (8_040_000_000, "2 h 14 min"),
            (273_600_000_000, "3 d 4 h"),
        ] {
            assert_eq!(text(TimeDelta::microseconds(micros)), expected);
        }
        assert!(text(TimeDelta::MAX).ends_with(" h"));
    }
}
