#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;
use crate::domain::pricing::tests::{lines, offers, sku, units as quantity};

fn left(joined: &Joined) -> Vec<(&str, u32, LineReason)> {
    let lines = joined.left.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity.get(), line.reason))
        .collect()
}

fn all_units(lines: &Lines) -> u32 {
    units(lines.iter().map(|line| line.quantity))
}

fn full_cart() -> Lines {
    (0..MAX_LINES)
        .map(|n| (sku(&format!("SKU-{n}")), quantity(1)))
        .collect()
}

#[test]
fn a_line_takes_999_units_and_the_rest_stays_with_the_guest() {
    let (mut own, mut guest) = (lines(&[("TEA", 600)]), lines(&[("MUG", 1), ("TEA", 600)]));
    let offers = offers(&[("TEA", 250, "EUR"), ("MUG", 100, "EUR")]);
    let joined = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!(own, lines(&[("TEA", 999), ("MUG", 1)]));
    assert_eq!(guest, lines(&[("TEA", 201)]));
    assert_eq!(joined.moved, lines(&[("MUG", 1), ("TEA", 399)]));
    assert_eq!(left(&joined), [("TEA", 201, LineReason::LineFull)]);

    // A repeated merge moves nothing.
    let again = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!((again.moved_units(), again.left_units()), (0, 201));
    assert_eq!(own, lines(&[("TEA", 999), ("MUG", 1)]));
    assert_eq!(guest, lines(&[("TEA", 201)]));
}

#[test]
fn a_full_cart_takes_only_skus_that_it_has() {
    let mut own = full_cart();
    own.remove(&sku("SKU-0"));
    let mut guest = lines(&[("SKU-1", 2), ("A", 4), ("B", 5)]);
    let own_offers = own.skus().map(|sku| (sku.as_str(), 1, "EUR"));
    let all: Vec<_> = own_offers
        .chain([("A", 1, "EUR"), ("B", 1, "EUR")])
        .collect();
    let offers = offers(&all);
    let joined = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!(own.get(&sku("SKU-1")), Some(quantity(3)));
    assert_eq!(own.get(&sku("A")), Some(quantity(4)));
    assert_eq!(own.len(), MAX_LINES);
    assert_eq!(left(&joined), [("B", 5, LineReason::CartFull)]);
    assert_eq!(guest, lines(&[("B", 5)]));
}

#[test]
fn lines_in_another_currency_or_not_for_sale_stay_with_the_guest() {
    let (mut own, mut guest) = (
        lines(&[("TEA", 1)]),
        lines(&[("SAKE", 1), ("GONE", 2), ("MUG", 3)]),
    );
    let offers = offers(&[
        ("TEA", 250, "EUR"),
        ("SAKE", 900, "JPY"),
        ("GONE", 0, ""),
        ("MUG", 100, "EUR"),
    ]);
    let joined = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!(own, lines(&[("TEA", 1), ("MUG", 3)]));
    assert_eq!(
        left(&joined),
        [
            ("SAKE", 1, LineReason::OtherCurrency),
            ("GONE", 2, LineReason::NotForSale)
        ]
    );
    assert_eq!(guest, lines(&[("SAKE", 1), ("GONE", 2)]));
}

#[test]
fn an_empty_cart_gets_the_currency_of_the_guests_first_line() {
    let (mut own, mut guest) = (Lines::default(), lines(&[("SAKE", 1), ("TEA", 1)]));
    let offers = offers(&[("TEA", 250, "EUR"), ("SAKE", 900, "JPY")]);
    let joined = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!(own, lines(&[("SAKE", 1)]));
    assert_eq!(left(&joined), [("TEA", 1, LineReason::OtherCurrency)]);
}

#[test]
fn a_line_that_makes_the_cart_too_expensive_stays_with_the_guest() {
    let (mut own, mut guest) = (lines(&[("TEA", 1)]), lines(&[("MOON", 1)]));
    let offers = offers(&[("TEA", 250, "EUR"), ("MOON", i64::MAX, "EUR")]);
    let joined = merge_carts(&mut own, &mut guest, &offers);
    assert_eq!(left(&joined), [("MOON", 1, LineReason::AmountTooLarge)]);
    assert_eq!((own.len(), guest.len()), (1, 1));
}

#[test]
fn an_empty_cart_becomes_what_the_order_was() {
    let mut cart = Lines::default();
    let order = lines(&[("B", 1), ("A", 2)]);
    assert_eq!(return_lines(&mut cart, &order).left_units(), 0);
    assert_eq!(cart, order);
}

#[test]
fn returned_lines_join_what_was_put_in_meanwhile() {
    let mut cart = lines(&[("A", 600), ("C", 1)]);
    let joined = return_lines(&mut cart, &lines(&[("A", 600), ("B", 2)]));
    assert_eq!(joined.left_units(), 201);
    assert_eq!(cart, lines(&[("A", 999), ("C", 1), ("B", 2)]));
}

#[test]
fn a_full_cart_takes_back_only_skus_that_it_has() {
    let mut cart = full_cart();
    let joined = return_lines(&mut cart, &lines(&[("NEW", 3), ("SKU-7", 2)]));
    assert_eq!(left(&joined), [("NEW", 3, LineReason::CartFull)]);
    assert_eq!(cart.len(), MAX_LINES);
    assert_eq!(cart.get(&sku("SKU-7")), Some(quantity(3)));
}

fn any_lines() -> impl Strategy<Value = Lines> {
    prop::collection::btree_map("[A-F]{1,2}", 1_u32..=999, 0..20).prop_map(|map| {
        let line = |(text, units): (String, u32)| (sku(&text), quantity(units));
        map.into_iter().map(line).collect()
    })
}

fn any_offers() -> impl Strategy<Value = Offers> {
    let currency = prop_oneof![Just("EUR"), Just("JPY"), Just("")];
    prop::collection::btree_map("[A-F]{1,2}", (0..=1_000_000_000_i64, currency), 0..40).prop_map(
        |map| {
            let prices: Vec<_> = map
                .iter()
                .map(|(text, (minor, code))| (text.as_str(), *minor, *code))
                .collect();
            offers(&prices)
        },
    )
}

proptest! {
    #[test]
    fn no_unit_is_lost_or_doubled(own in any_lines(), guest in any_lines(), offers in any_offers()) {
        let (mut merged, mut rest) = (own.clone(), guest.clone());
        let joined = merge_carts(&mut merged, &mut rest, &offers);
        prop_assert_eq!(all_units(&merged) + all_units(&rest), all_units(&own) + all_units(&guest));
        prop_assert_eq!(joined.moved_units() + joined.left_units(), all_units(&guest));
        prop_assert_eq!(all_units(&rest), joined.left_units());
        for line in own.iter() {
            prop_assert!(merged.get(&line.sku) >= Some(line.quantity), "nothing of the customer is lost");
        }
        let (mut again, mut rest_again) = (merged.clone(), rest.clone());
        merge_carts(&mut again, &mut rest_again, &offers);
        prop_assert_eq!((again, rest_again), (merged, rest));
    }

    #[test]
    fn every_unit_is_returned_or_counted_as_left_out(cart in any_lines(), order in any_lines()) {
        let mut joined = cart.clone();
        let left_out = return_lines(&mut joined, &order).left_units();
        prop_assert_eq!(all_units(&joined) + left_out, all_units(&cart) + all_units(&order));
        for line in cart.iter() {
            prop_assert!(joined.get(&line.sku) >= Some(line.quantity), "nothing that was in the cart is lost");
        }
    }
}
