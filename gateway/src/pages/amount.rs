//! Amounts as people type them.

use kernel::Currency;

use crate::model::Money;

/// `12.99`, `12,99` or `12` as an amount of this currency. `None` unless it is a number that is not negative, with at most
/// the decimal places of the currency.
pub(crate) fn parse(text: &str, currency: &str) -> Option<Money> {
    let places = currency.parse::<Currency>().ok()?.exponent();
    Some(Money {
        minor_units: decimal(text, places.into())?,
        currency: currency.to_owned(),
    })
}

/// A number with at most so many decimal places, in units of the last place: `12.5` with two is 1250. `None` as in
/// [`parse`].
pub(crate) fn decimal(text: &str, places: usize) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_complete = part.is_empty() != text.contains(['.', ',']);
    if whole.is_empty() || !is_number(whole) || !is_number(part) || !is_complete {
        return None;
    }
    if part.len() > places {
        return None;
    }
    format!("{whole}{part:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_with_the_places_of_its_currency() {
        for (text, currency, minor_units) in [
            ("12.99", "EUR", Some(1_299)),
            ("12,9", "EUR", Some(1_290)),
            (" 12 ", "EUR", Some(1_200)),
            ("0", "EUR", Some(0)),
            ("1299", "JPY", Some(1_299)),
            ("1.234", "KWD", Some(1_234)),
            ("12.999", "EUR", None),
            ("12.5", "JPY", None),
            ("12.", "EUR", None),
            (".5", "EUR", None),
            ("-1", "EUR", None),
            ("1,000.00", "EUR", None),
            ("1e3", "EUR", None),
            ("", "EUR", None),
            ("99999999999999999999", "EUR", None),
            ("1", "XYZ1", None),
        ] {
            let parsed = parse(text, currency).map(|money| money.minor_units);
            assert_eq!(parsed, minor_units, "{text} {currency}");
        }
    }
}
