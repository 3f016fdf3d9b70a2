#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;

fn destinations() -> Destinations {
    Destinations::parse(include_str!("../../../config/destinations.toml")).unwrap()
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

#[test]
fn totals_follow_the_destination_and_the_discount() {
    // country, lines, discount -> shipping, tax, total
    for (country, lines, discount, shipping, tax, total) in [
        ("DE", 1000, 0, 490, 283, 1773),
        ("DE", 4999, 0, 490, 1043, 6532),
        ("DE", 5000, 0, 0, 950, 5950),
        // The threshold applies to the lines less the discount.
        ("DE", 5000, 500, 490, 948, 5938),
        ("DE", 5600, 560, 0, 958, 5998),
        // 25.5 % of 1990 is 507.45, rounded to the nearest cent.
        ("FI", 1000, 0, 990, 507, 2497),
        ("US", 1000, 100, 1990, 0, 2890),
        ("US", 20000, 0, 0, 0, 20000),
        ("LU", 1, 0, 690, 117, 808),
        ("AT", 0, 0, 690, 138, 828),
    ] {
        let destination = destinations().find(country).unwrap();
        let totals = Totals::new(eur(lines), eur(discount), Some(destination)).unwrap();
        let found = (totals.shipping, totals.tax, totals.total);
        assert_eq!(
            found,
            (eur(shipping), eur(tax), eur(total)),
            "{country} {lines} {discount}"
        );
    }
}

#[test]
fn without_a_destination_there_is_no_shipping_and_no_tax() {
    let totals = Totals::new(eur(1000), eur(100), None).unwrap();
    assert_eq!(totals.total, eur(900));
    assert_eq!(totals.tax, eur(0));
}

#[test]
fn a_currency_other_than_that_of_shipping_is_refused() {
    let dollars = Money::new(1000, Currency::USD);
    let destination = destinations().find("DE").unwrap();
    let refused = Totals::new(dollars, Money::zero(Currency::USD), Some(destination));
    let message = refused.unwrap_err().to_string();
    assert_eq!(message, "the cart is in USD, shipping is in EUR");
}

#[test]
fn a_country_that_is_not_in_the_table_is_not_served() {
    let refused = destinations().find("AQ");
    assert_eq!(refused, Err(Error::DestinationNotServed("AQ".to_owned())));
}

#[test]
fn amounts_beyond_64_bits_are_refused() {
    let destination = destinations().find("DE").unwrap();
    let refused = Totals::new(eur(i64::MAX), eur(0), Some(destination));
    assert_eq!(refused, Err(Error::AmountTooLarge));
}

proptest! {
    #[test]
    fn the_total_is_the_lines_less_the_discount_plus_shipping_and_tax(
        lines in 0..=1_000_000_000_000_000_i64,
        share in 0..=10_000_u32,
        country in prop::sample::select(vec!["DE", "FI", "LU", "US"]),
    ) {
        let discount = eur(lines).share(BasisPoints(share)).unwrap();
        let destination = destinations().find(country).unwrap();
        let totals = Totals::new(eur(lines), discount, Some(destination)).unwrap();
        let [discount, shipping, tax, total] =
            [totals.discount, totals.shipping, totals.tax, totals.total].map(Money::minor_units);
        prop_assert_eq!(total, lines - discount + shipping + tax);
        let goods = lines - discount;
        prop_assert!(goods >= 0 && shipping >= 0 && tax >= 0, "{totals:?}");
        prop_assert_eq!(shipping, if goods < destination.free_from.minor_units() {
            destination.shipping.minor_units()
        } else {
            0
        });
        let exact = i128::from(goods + shipping) * i128::from(destination.tax.0);
        prop_assert!((i128::from(tax) * 10_000 - exact).abs() <= 5_000, "the tax is rounded to the nearest");
    }
}
