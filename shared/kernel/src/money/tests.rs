use proptest::prelude::*;

use super::*;

fn eur(units: i64) -> Money {
    Money::new(units, Currency::EUR)
}

#[test]
fn money_is_formatted_with_the_currencys_decimal_places() {
    for (units, code, shown) in [
        (1299, "EUR", "12.99 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (1299, "JPY", "1299 JPY"),
        (1299, "KWD", "1.299 KWD"),
    ] {
        let money = Money::new(units, code.parse().expect("known"));
        assert_eq!(money.to_string(), shown);
    }
}

#[test]
fn currencies_do_not_mix() {
    let dollars = Money::new(1, Currency::USD);
    assert_eq!(
        eur(1).plus(dollars),
        Err(MoneyError::CurrencyMismatch(Currency::EUR, Currency::USD))
    );
}

#[test]
fn overflow_is_an_error() {
    let two = Quantity::new(2).expect("in range");
    assert_eq!(eur(i64::MAX).plus(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MIN).minus(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MAX).times(two), Err(MoneyError::Overflow));
    assert_eq!(
        eur(i64::MAX).share(BasisPoints(20_000)),
        Err(MoneyError::Overflow)
    );
}

#[test]
fn a_share_is_rounded_to_the_nearest_minor_unit() {
    for (units, share, expected) in [
        (1000, 1900, 190),
        (50, 1900, 10),
        (50, 100, 1),
        (49, 100, 0),
        (-50, 100, -1),
    ] {
        assert_eq!(eur(units).share(BasisPoints(share)), Ok(eur(expected)));
    }
}

#[test]
fn json_has_only_minor_units_and_currency() {
    let json = r#"{"minor_units":1299,"currency":"EUR"}"#;
    assert_eq!(serde_json::to_string(&eur(1299)).expect("serializes"), json);
    assert_eq!(
        serde_json::from_str::<Money>(json).expect("parses"),
        eur(1299)
    );
    for wrong in [
        r#"{"minor_units":12.99,"currency":"EUR"}"#,
        r#"{"minor_units":1299,"currency":"eur"}"#,
        r#"{"minor_units":1299,"currency":"EUR","amount":1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn subtraction_reverses_addition(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
        let sum = eur(a).plus(eur(b)).expect("small");
        prop_assert_eq!(sum.minus(eur(b)), Ok(eur(a)));
    }

    #[test]
    fn a_sum_loses_nothing_in_any_order(mut units in prop::collection::vec(any::<i32>(), 0..20)) {
        let sum = |units: &[i32]| Money::sum(Currency::EUR, units.iter().map(|units| eur(i64::from(*units))));
        let forward = sum(&units);
        prop_assert_eq!(forward, Ok(eur(units.iter().map(|units| i64::from(*units)).sum())));
        units.reverse();
        prop_assert_eq!(sum(&units), forward);
    }

    #[test]
    fn a_share_is_half_a_minor_unit_from_the_exact_one_at_most(a in any::<i64>(), share in 0_u32..=10_000) {
        let part = eur(a).share(BasisPoints(share)).expect("at most all");
        let exact = i128::from(a) * i128::from(share);
        prop_assert!((i128::from(part.minor_units()) * 10_000 - exact).abs() <= 5_000);
    }

    #[test]
    fn a_share_of_at_most_100_percent_is_at_most_the_amount(a in 0_i64..i64::MAX, share in 0_u32..=10_000) {
        let part = eur(a).share(BasisPoints(share)).expect("at most all");
        prop_assert!(!part.is_negative() && part.minor_units() <= a);
    }
}
