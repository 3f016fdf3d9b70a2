#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::Currency;

use super::*;
use crate::domain::pricing::tests::{lines, offers, sku, units};

fn full_cart() -> Lines {
    let names: Vec<String> = (0..MAX_LINES).map(|n| format!("SKU-{n}")).collect();
    let all: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    lines(&all)
}

/// Offers of everything in the cart, and of more SKUs.
fn offers_with(cart: &Lines, more: &[(&str, i64, &str)]) -> Offers {
    let of_cart = cart.skus().map(|sku| (sku.as_str(), 100, "EUR"));
    let all: Vec<(&str, i64, &str)> = of_cart.chain(more.iter().copied()).collect();
    offers(&all)
}

#[test]
fn a_full_cart_takes_changes_but_no_new_line() {
    let mut cart = full_cart();
    let offers = offers_with(&cart, &[("NEW", 100, "EUR")]);
    let mut set = |sku: Sku, quantity| set_item(&mut cart, &sku, units(quantity), &offers);
    assert_eq!(set(sku("SKU-7"), 3), Ok(()));
    assert_eq!(set(sku("NEW"), 1), Err(Error::CartFull));
    cart.remove(&sku("SKU-8"));
    assert_eq!(set_item(&mut cart, &sku("NEW"), units(1), &offers), Ok(()));
    assert_eq!(cart.len(), MAX_LINES);
    assert_eq!(cart.skus().last(), Some(&sku("NEW")));
}

#[test]
fn a_line_keeps_its_place_and_a_new_one_is_the_last() {
    let mut cart = lines(&[("B", 1), ("A", 1)]);
    let offers = offers_with(&cart, &[("AA", 1, "EUR")]);
    set_item(&mut cart, &sku("AA"), units(1), &offers).unwrap();
    set_item(&mut cart, &sku("B"), units(9), &offers).unwrap();
    assert_eq!(cart, lines(&[("B", 9), ("A", 1), ("AA", 1)]));
}

#[test]
fn a_product_in_another_currency_than_the_first_line_is_refused() {
    let mut cart = lines(&[("TEA", 1)]);
    let offers = offers(&[("TEA", 250, "EUR"), ("SAKE", 900, "JPY")]);
    let refused = set_item(&mut cart, &sku("SAKE"), units(1), &offers).unwrap_err();
    assert_eq!(refused.to_string(), "the cart is in EUR, SAKE is in JPY");
    let other = "JPY".parse().unwrap();
    let expected = Error::CurrencyMismatch {
        whole: "the cart",
        currency: Currency::EUR,
        part: "SAKE".to_owned(),
        other,
    };
    assert_eq!(refused, expected);
}

#[test]
fn lines_that_cannot_be_sold_block_no_other() {
    let offers = offers(&[("TEA", 250, "EUR"), ("SAKE", 900, "JPY"), ("GONE", 0, "")]);
    let mut cart = lines(&[("GONE", 1), ("TEA", 1), ("SAKE", 1)]);
    assert_eq!(set_item(&mut cart, &sku("TEA"), units(2), &offers), Ok(()));
    let mut gone = lines(&[("GONE", 1)]);
    assert_eq!(set_item(&mut gone, &sku("SAKE"), units(1), &offers), Ok(()));
}

#[test]
fn an_unknown_product_and_an_amount_beyond_the_limit_are_refused() {
    let offers = offers(&[("GONE", 0, ""), ("DEAR", i64::MAX / 2, "EUR")]);
    let set = |sku: Sku| set_item(&mut Lines::default(), &sku, units(2), &offers);
    assert_eq!(set(sku("GONE")), Err(Error::ProductNotFound(sku("GONE"))));
    assert_eq!(set(sku("DEAR")), Err(Error::AmountTooLarge));
    assert_eq!(set(sku("NOBODY-ASKED")), Err(Error::CartChanged));
}
