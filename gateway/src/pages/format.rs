//! Money, times and numbers as English text for people.

use chrono::{DateTime, Datelike, Utc};
use kernel::Currency;

use crate::model::Money;

/// `€1,234.56`, `¥1,299`, `CHF 12.00`, `−€5.00`: with the decimal places of the currency.
pub(crate) fn money(money: &Money) -> String {
    let Money {
        minor_units,
        currency,
    } = money;
    let sign = if *minor_units < 0 { "\u{2212}" } else { "" };
    let units = minor_units.unsigned_abs();
    let places = currency.parse().map_or(0, Currency::exponent);
    let amount = match 10_u64.checked_pow(places.into()) {
        Some(scale) if places > 0 => format!(
            "{}.{:0places$}",
            number(units / scale),
            units % scale,
            places = usize::from(places)
        ),
        _ => number(units),
    };
    match currency.as_str() {
        "EUR" => format!("{sign}\u{20ac}{amount}"),
        "GBP" => format!("{sign}\u{a3}{amount}"),
        "JPY" => format!("{sign}\u{a5}{amount}"),
        "USD" => format!("{sign}${amount}"),
        code => format!("{sign}{code}\u{a0}{amount}"),
    }
}

/// The amount without symbol and separators, as machines read it: `1234.56`.
pub(crate) fn decimal(money: &Money) -> String {
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let units = money.minor_units.unsigned_abs();
    let places = money.currency.parse().map_or(0, Currency::exponent);
    match 10_u64.checked_pow(places.into()) {
        Some(scale) if places > 0 => format!(
            "{sign}{}.{:0places$}",
            units / scale,
            units % scale,
            places = usize::from(places)
        ),
        _ => format!("{sign}{units}"),
    }
}

/// `30 November 2026, 10:31 UTC`.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    format!("{}, {} UTC", date(at), at.format("%H:%M"))
}

/// `30 November 2026`.
pub(crate) fn date(at: DateTime<Utc>) -> String {
    format!("{} {}", at.day(), at.format("%B %Y"))
}

/// `10:31:04.512`, in UTC.
pub(crate) fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S%.3f").to_string()
}

/// The value of `datetime` of a `<time>`: `2026-11-30T10:31:00Z`.
pub(crate) fn machine_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// With separators of thousands: `1,234,567`.
pub(crate) fn number(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 item`, `2 items`, `1,000 items`.
pub(crate) fn count(count: impl Into<u64>, one: &str, many: &str) -> String {
    let count = count.into();
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minor_units: i64, currency: &str) -> Money {
        let currency = currency.to_owned();
        Money {
            minor_units,
            currency,
        }
    }

    #[test]
    fn an_amount_has_the_decimal_places_of_its_currency() {
        for (minor_units, currency, text, machine) in [
            (1_299, "EUR", "\u{20ac}12.99", "12.99"),
            (5, "EUR", "\u{20ac}0.05", "0.05"),
            (0, "EUR", "\u{20ac}0.00", "0.00"),
            (123_456_789, "USD", "$1,234,567.89", "1234567.89"),
            (1_299, "JPY", "\u{a5}1,299", "1299"),
            (1_234_567, "KWD", "KWD\u{a0}1,234.567", "1234.567"),
            (1_200, "CHF", "CHF\u{a0}12.00", "12.00"),
            (-500, "GBP", "\u{2212}\u{a3}5.00", "-5.00"),
            (
                i64::MIN,
                "EUR",
                "\u{2212}\u{20ac}92,233,720,368,547,758.08",
                "-92233720368547758.08",
            ),
        ] {
            assert_eq!(money(&of(minor_units, currency)), text);
            assert_eq!(decimal(&of(minor_units, currency)), machine);
        }
    }

    #[test]
    fn a_time_is_written_out() {
        let at = DateTime::parse_from_rfc3339("2026-11-03T09:05:59.9Z")
            .unwrap()
            .to_utc();
        assert_eq!(time(at), "3 November 2026, 09:05 UTC");
        assert_eq!(date(at), "3 November 2026");
        assert_eq!(machine_time(at), "2026-11-03T09:05:59Z");
    }

    #[test]
    fn a_count_has_the_right_form_of_its_noun() {
        let items = |items: u32| count(items, "item", "items");
        for (number, text) in [
            (0, "0 items"),
            (1, "1 item"),
            (2, "2 items"),
            (999, "999 items"),
            (1_000, "1,000 items"),
        ] {
            assert_eq!(items(number), text);
        }
        assert_eq!(number(12_345_678_u64), "12,345,678");
    }
}
