use proptest::prelude::*;

use super::*;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn all() -> impl Iterator<Item = &'static str> {
    [ZERO_DECIMALS, WHOLE_UNITS, THREE_DECIMALS, TWO_DECIMALS]
        .into_iter()
        .flatten()
        .copied()
}

/// Our minor units and the provider's amount. The amounts with a comment are examples of
/// <https://docs.stripe.com/currencies>.
const GOLDEN: &[(&str, i64, i64)] = &[
    // "1099 to charge 10.99 USD"
    ("USD", 1_099, 1_099),
    ("EUR", 1, 1),
    // "10 to charge 10 JPY"
    ("JPY", 10, 10),
    // ISO 4217 has two decimals; Stripe has none.
    ("MGA", 50_000, 500),
    // "to charge 5 ISK, provide an amount value of 500"
    ("ISK", 5, 500),
    // "to charge 5 UGX, provide an amount value of 500"
    ("UGX", 5, 500),
    // "5.124 KWD must be rounded to 5120 or 5130"
    ("KWD", 5_120, 5_120),
    ("BHD", 5_130, 5_130),
    ("JOD", 10, 10),
    ("OMR", 1_000, 1_000),
    ("TND", 990, 990),
    // Without decimals in payouts only.
    ("HUF", 1_045, 1_045),
    ("TWD", 80_045, 80_045),
    ("BIF", 7, 7),
    ("CLP", 7, 7),
    ("DJF", 7, 7),
    ("GNF", 7, 7),
    ("KMF", 7, 7),
    ("KRW", 7, 7),
    ("PYG", 7, 7),
    ("RWF", 7, 7),
    ("VND", 7, 7),
    ("VUV", 7, 7),
    ("XAF", 7, 7),
    ("XOF", 7, 7),
    ("XPF", 7, 7),
];

#[test]
fn amounts_have_the_units_of_the_providers_documentation() {
    for &(code, ours, theirs) in GOLDEN {
        let amount = Money::new(ours, currency(code));
        assert_eq!(to_provider(amount), Ok(theirs), "{code}");
        assert_eq!(from_provider(theirs, currency(code)), Ok(amount), "{code}");
    }
}

#[test]
fn an_amount_that_is_too_fine_for_the_provider_is_refused() {
    for (code, amount, message) in [
        (
            "KWD",
            5_124,
            "5.124 KWD cannot be charged: the provider takes only multiples of 0.010 KWD",
        ),
        (
            "MGA",
            150,
            "1.50 MGA cannot be charged: the provider takes only multiples of 1.00 MGA",
        ),
    ] {
        let refused = to_provider(Money::new(amount, currency(code)));
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}

#[test]
fn a_fraction_of_our_unit_is_never_rounded() {
    let fraction = from_provider(550, currency("ISK"));
    assert!(matches!(fraction, Err(NotConvertible::Fraction { .. })));
    let huge = from_provider(i64::MAX, currency("MGA"));
    assert_eq!(huge, Err(NotConvertible::Overflow));
    let huge = to_provider(Money::new(i64::MAX, currency("UGX")));
    assert_eq!(huge, Err(NotConvertible::Overflow));
}

#[test]
fn a_currency_outside_the_table_is_refused() {
    // No currency, gold, a unit of account, and two with three decimals that are not charged.
    for code in ["XXX", "XAU", "CLF", "IQD", "LYD"] {
        let currency = currency(code);
        assert_eq!(
            check_currency(currency),
            Err(NotConvertible::Currency(currency))
        );
        assert!(to_provider(Money::new(1_000, currency)).is_err(), "{code}");
        assert!(from_provider(1_000, currency).is_err(), "{code}");
    }
}

#[test]
fn a_list_of_currencies_names_the_first_that_is_not_charged() {
    assert_eq!(check_currencies("EUR"), Ok(()));
    assert_eq!(check_currencies("EUR, KWD,ISK"), Ok(()));
    for (list, problem) in [
        ("EUR, XAU", "the provider does not charge XAU"),
        ("euro", "\"euro\" must be an ISO 4217 currency code"),
        ("", "\"\" must be an ISO 4217 currency code"),
    ] {
        assert_eq!(check_currencies(list).unwrap_err(), problem);
    }
}

#[test]
fn the_tables_have_each_currency_once_and_in_order() {
    let mut seen = std::collections::BTreeSet::new();
    for code in all() {
        assert_eq!(currency(code).code(), code);
        assert!(seen.insert(code), "{code} is listed twice");
    }
    for table in [ZERO_DECIMALS, WHOLE_UNITS, THREE_DECIMALS, TWO_DECIMALS] {
        assert!(table.is_sorted());
    }
}

#[test]
fn only_the_documented_currencies_differ_from_iso() {
    let differs = all().filter(|code| {
        let (decimals, _) = unit(currency(code)).unwrap();
        decimals != u32::from(currency(code).exponent())
    });
    assert_eq!(differs.collect::<Vec<_>>(), ["MGA", "ISK", "UGX"]);
}

proptest! {
    #[test]
    fn what_the_provider_gets_is_what_we_read_back(
        code in proptest::sample::select(all().collect::<Vec<_>>()),
        minor_units in 0..=99_999_999_i64,
    ) {
        let amount = Money::new(minor_units, currency(code));
        if let Ok(theirs) = to_provider(amount) {
            prop_assert_eq!(from_provider(theirs, amount.currency()), Ok(amount));
        }
    }
}
