//! How the templates write amounts, times and counts: `{{ line.total|money }}`.

use askama::Values;
use chrono::{DateTime, Utc};
use kernel::Currency;

use crate::model::Money;

/// `€1,234.50`, with the decimal places of the currency.
#[askama::filter_fn]
pub(crate) fn money(money: &Money, _: &dyn Values) -> askama::Result<String> {
    Ok(amount(money))
}

/// `30 November 2026`.
#[askama::filter_fn]
pub(crate) fn date(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(time.format("%-d %B %Y").to_string())
}

/// `30 November 2026, 10:31 UTC`.
#[askama::filter_fn]
pub(crate) fn date_time(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(time.format("%-d %B %Y, %H:%M UTC").to_string())
}

/// For `<time datetime>`.
#[askama::filter_fn]
pub(crate) fn machine_time(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `1 item`, `2 items`.
#[askama::filter_fn]
pub(crate) fn count(count: &u32, _: &dyn Values, one: &str, many: &str) -> askama::Result<String> {
    let word = if *count == 1 { one } else { many };
    Ok(format!("{} {word}", grouped(i64::from(*count).unsigned_abs())))
}

/// The amount as text.
pub(crate) fn amount(money: &Money) -> String {
    let currency = money.currency.parse::<Currency>();
    let places = currency.map_or(0, |currency| usize::from(currency.exponent()));
    let digits = format!("{:0width$}", money.minor_units.unsigned_abs(), width = places + 1);
    let (units, fraction) = digits.split_at(digits.len() - places);
    let units = grouped(units.parse().unwrap_or_default());
    let sign = if money.minor_units < 0 { "\u{2212}" } else { "" };
    let point = if places > 0 { "." } else { "" };
    match symbol(&money.currency) {
        Some(symbol) => format!("{sign}{symbol}{units}{point}{fraction}"),
        None => format!("{sign}{}\u{a0}{units}{point}{fraction}", money.currency),
    }
}

fn symbol(currency: &str) -> Option<&'static str> {
    match currency {
        "EUR" => Some("\u{20ac}"),
        "GBP" => Some("\u{a3}"),
        "JPY" => Some("\u{a5}"),
        "USD" => Some("$"),
        _ => None,
    }
}

/// The number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        for (minor_units, currency, expected) in [
            (0, "EUR", "\u{20ac}0.00"),
            (5, "EUR", "\u{20ac}0.05"),
            (1_299, "EUR", "\u{20ac}12.99"),
            (-123_456_789, "USD", "\u{2212}$1,234,567.89"),
            (1_299, "JPY", "\u{a5}1,299"),
            (1_299, "BHD", "BHD\u{a0}1.299"),
            (99_900, "CHF", "CHF\u{a0}999.00"),
        ] {
            let money = Money {
                minor_units,
                currency: currency.to_owned(),
            };
            assert_eq!(amount(&money), expected);
        }
    }
}
