#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::{Currency, MoneyError};
use proptest::prelude::*;

use super::*;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// 10 % off from 20.00 EUR, from 100 s to 200 s, five uses, two of each customer.
pub(crate) fn ten() -> Discount {
    Discount {
        code: "TEN".to_owned(),
        terms: Terms {
            share: BasisPoints(1_000),
            minimum: Some(eur(2_000)),
            valid_from: at(100),
            valid_until: Some(at(200)),
            max_uses: Some(5),
            max_uses_per_customer: Some(2),
        },
        uses: 0,
        uses_of_customer: 0,
        ended_at: None,
        version: 1,
    }
}

fn draft() -> TermsDraft<MoneyError> {
    TermsDraft {
        basis_points: 1_000,
        minimum: None,
        valid_from: None,
        valid_until: None,
        max_uses: None,
        max_uses_per_customer: None,
    }
}

#[test]
fn a_code_has_a_period_and_a_minimum() {
    let refused = Err(Error::DiscountInvalid);
    for (lines, now, expect) in [
        (eur(2_005), 100, Ok(eur(201))),
        (eur(2_000), 199, Ok(eur(200))),
        (eur(1_999), 150, refused.clone()),
        (eur(2_000), 99, refused.clone()),
        (eur(2_000), 200, refused.clone()),
        (Money::new(9_000, Currency::USD), 150, refused),
    ] {
        assert_eq!(ten().off(lines, at(now)), expect, "{lines} at {now}");
    }
}

#[test]
fn a_code_has_limits_of_use() {
    for (uses, uses_of_customer, applies) in
        [(0, 0, true), (4, 1, true), (5, 0, false), (4, 2, false)]
    {
        let used = Discount {
            uses,
            uses_of_customer,
            ..ten()
        };
        let off = used.off(eur(2_000), at(150));
        assert_eq!(off.is_ok(), applies, "{uses} {uses_of_customer}");
    }
}

#[test]
fn an_ended_code_does_not_apply_and_stays_ended() {
    let ended = ten().end(at(150)).unwrap();
    assert_eq!(ended.version, 2);
    assert!(ended.off(eur(2_000), at(149)).is_ok());
    let refused = ended.off(eur(2_000), at(150));
    assert_eq!(refused, Err(Error::DiscountInvalid));
    let changed = ended.clone().change(ten().terms, 2);
    assert_eq!(changed, Err(Error::DiscountEnded));
    assert_eq!(ended.end(at(160)), None);
}

#[test]
fn terms_change_in_the_version_that_was_read() {
    let used = Discount { uses: 3, ..ten() };
    let terms = |max_uses| Terms {
        max_uses,
        ..ten().terms
    };
    let stale = used.clone().change(terms(None), 0);
    assert_eq!(stale, Err(Error::DiscountChanged { current: 1 }));
    let refused = used.clone().change(terms(Some(2)), 1).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "max_uses must be at least 3, the uses so far"
    );
    let changed = used.change(terms(Some(3)), 1).unwrap();
    assert_eq!((changed.version, changed.uses), (2, 3));
    assert_eq!(
        changed.off(eur(2_000), at(150)),
        Err(Error::DiscountInvalid)
    );
}

#[test]
fn every_violation_of_terms_is_named() {
    let fields = |draft: TermsDraft<MoneyError>| -> Vec<String> {
        let mut violations = Violations::new();
        Terms::check(&mut violations, draft, at(100));
        violations.into_vec().into_iter().map(|v| v.field).collect()
    };
    assert_eq!(fields(draft()), Vec::<String>::new());
    let wrong = TermsDraft {
        basis_points: 10_001,
        minimum: Some(Ok(eur(0))),
        valid_from: Some(at(100)),
        valid_until: Some(at(100)),
        max_uses: Some(0),
        max_uses_per_customer: Some(u32::MAX),
    };
    let all = [
        "minimum",
        "basis_points",
        "max_uses",
        "max_uses_per_customer",
        "valid_until",
    ];
    assert_eq!(fields(wrong), all);
    let no_currency = Money::new(100, "XXX".parse().unwrap());
    let unpayable = TermsDraft {
        minimum: Some(Ok(no_currency)),
        ..draft()
    };
    assert_eq!(fields(unpayable), ["minimum"]);
    let late = TermsDraft {
        valid_until: DateTime::from_timestamp(YEAR_10000, 0),
        ..draft()
    };
    assert_eq!(fields(late), ["valid_until"]);
}

#[test]
fn codes_are_trimmed_and_in_upper_case() {
    assert_eq!(
        normalize_code(" welcome10 "),
        Ok(Some("WELCOME10".to_owned()))
    );
    assert_eq!(normalize_code("  "), Ok(None));
    assert!(normalize_code(&"x".repeat(41)).is_err());
}

#[test]
fn a_new_code_can_be_typed() {
    for (text, is_valid) in [
        (" spring-26 ", true),
        ("ABCD", true),
        ("ABC", false),
        ("A B C D", false),
        ("ÄÖÜß", false),
        ("A/B?C", false),
        ("----", false),
        ("-ABC", false),
        ("ABC-", false),
    ] {
        let mut violations = Violations::new();
        let code = check_new_code(&mut violations, text);
        assert_eq!(violations.is_empty(), is_valid, "{text}");
        if is_valid {
            assert_eq!(normalize_code(text), Ok(Some(code)));
        }
    }
}

proptest! {
    #[test]
    fn a_discount_is_between_nothing_and_everything(
        share in 1_u32..=MAX_BASIS_POINTS,
        lines in 0_i64..1_000_000_000_000,
    ) {
        let mut discount = ten();
        discount.terms.share = BasisPoints(share);
        discount.terms.minimum = None;
        let off = discount.off(eur(lines), at(150)).unwrap();
        prop_assert!((0..=lines).contains(&off.minor_units()));
    }
}
