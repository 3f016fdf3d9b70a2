//! The fuzz targets `money` and `text`.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use std::fmt::Debug;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::values::{self, Value};
use crate::{
    BasisPoints, Country, Currency, Money, MoneyError, PostalFields, Quantity, Sku, Violations,
    opaque_string,
};

/// What is read is written the same, and arithmetic is exact or an error.
pub fn money(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        is_written_as_read(text, text.parse(), |currency: &Currency| currency.code());
        is_written_as_read(text, text.parse(), |country: &Country| country.code());
        is_written_as_read(text, text.parse(), Sku::as_str);
    }
    reads_what_it_writes::<Money>(data);
    reads_what_it_writes::<Currency>(data);
    reads_what_it_writes::<Quantity>(data);
    reads_what_it_writes::<Sku>(data);
    if let Some((a, rest)) = data.split_first_chunk()
        && let Some((b, rest)) = rest.split_first_chunk()
        && let Some((units, _)) = rest.split_first_chunk()
    {
        is_exact(
            i64::from_le_bytes(*a),
            i64::from_le_bytes(*b),
            u32::from_le_bytes(*units),
        );
    }
}

fn is_written_as_read<T, E>(text: &str, read: Result<T, E>, write: fn(&T) -> &str) {
    if let Ok(read) = read {
        assert_eq!(write(&read), text);
    }
}

fn reads_what_it_writes<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(data) {
        let written = serde_json::to_vec(&value).expect("plain data");
        let read: T = serde_json::from_slice(&written).expect("what was written");
        assert_eq!(read, value);
    }
}

/// Compares with arithmetic of 128 bits.
fn is_exact(a: i64, b: i64, units: u32) {
    let money = |units| Money::new(units, Currency::EUR);
    let exact = |wide: i128| {
        i64::try_from(wide)
            .map(money)
            .map_err(|_| MoneyError::Overflow)
    };
    let (left, right) = (money(a), money(b));
    let (a, b) = (i128::from(a), i128::from(b));
    assert_eq!(left.plus(right), exact(a + b));
    assert_eq!(left.minus(right), exact(a - b));
    assert_eq!(Money::sum(Currency::EUR, [left, right]), left.plus(right));
    assert!(left.plus(Money::new(1, Currency::USD)).is_err());
    let quantity = Quantity::new(units);
    assert_eq!(quantity.is_ok(), (1..=Quantity::MAX).contains(&units));
    if let Ok(quantity) = quantity {
        assert_eq!(left.times(quantity), exact(a * i128::from(units)));
        assert!(quantity.saturating_add(quantity).get() <= Quantity::MAX);
    }
    let product = a * i128::from(units);
    match left.share(BasisPoints(units)) {
        Ok(share) => {
            let error = i128::from(share.minor_units()) * 10_000 - product;
            assert!(error.abs() <= 5_000, "{share} is not the nearest");
        }
        Err(_) => assert!(exact(product / 10_000 + product.signum()).is_err()),
    }
    assert!(left.to_string().ends_with(" EUR"));
}

static PATTERNS: LazyLock<Vec<(&str, Value, Regex)>> = LazyLock::new(|| {
    let compiled = |value: &Value| Regex::new(value.pattern()).expect("a pattern");
    values::ALL
        .iter()
        .map(|(name, value)| (*name, *value, compiled(value)))
        .collect()
});

/// What is stored is stored the same again, has a legal length, and matches the pattern of the API's document.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for (name, value, pattern) in PATTERNS.iter() {
        let Ok(stored) = value.check(text) else {
            continue;
        };
        assert_eq!(value.check(&stored).as_ref(), Ok(&stored), "{name}");
        assert!(value.length().contains(&stored.chars().count()), "{name}");
        assert!(pattern.is_match(&stored), "{name}: {stored:?}");
    }
    let password = opaque_string(text);
    assert_eq!(opaque_string(&password), password);
    postal_address(text);
}

/// The lines are the fields.
fn postal_address(text: &str) {
    let mut lines = text.split('\n').map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    let fields = PostalFields {
        country: line(),
        postal_code: line(),
        region: line(),
        city: line(),
        recipient: line(),
        line1: line(),
        line2: line(),
    };
    let mut violations = Violations::new();
    let Some(stored) = fields.check("postal", &mut violations) else {
        return;
    };
    if !violations.is_empty() {
        return;
    }
    let again = PostalFields {
        country: stored.country.to_string(),
        postal_code: stored.postal_code.clone(),
        region: stored.region.clone(),
        city: stored.city.clone(),
        recipient: stored.recipient.clone(),
        line1: stored.line1.clone(),
        line2: stored.line2.clone(),
    };
    let again = again.check("postal", &mut violations);
    assert!(violations.is_empty() && again.is_some_and(|again| again == stored));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_money_pass() {
        testkit::replay("money", super::money);
    }

    #[test]
    fn the_seeds_of_text_pass() {
        testkit::replay("text", super::text);
    }
}
