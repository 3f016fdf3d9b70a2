#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::{Currency, Money, Quantity, Sku};

use super::{Lines, MAX_LINES, Product, Products, merge_carts, price_cart, set_item};
use crate::domain::Error;

fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

fn units(count: u32) -> Quantity {
    Quantity::new(count).unwrap()
}

fn full_cart() -> Lines {
    (0..MAX_LINES)
        .map(|n| (sku(&format!("SKU-{n}")), units(1)))
        .collect()
}

fn product(name: &str, minor: i64, currency: Currency) -> Product {
    Product {
        name: name.to_owned(),
        slug: name.to_lowercase(),
        price: Money::new(minor, currency),
        available: 5,
    }
}

#[test]
fn a_full_cart_takes_changes_but_no_new_line() {
    let mut cart = full_cart();
    assert_eq!(set_item(&mut cart, &sku("SKU-7"), Some(units(3))), Ok(()));
    assert_eq!(
        set_item(&mut cart, &sku("NEW"), Some(units(1))),
        Err(Error::CartFull)
    );
    assert_eq!(set_item(&mut cart, &sku("SKU-8"), None), Ok(()));
    assert_eq!(set_item(&mut cart, &sku("NEW"), Some(units(1))), Ok(()));
    assert_eq!(cart.len(), MAX_LINES);
}

#[test]
fn merged_quantities_add_up_to_the_limits() {
    let mut own = full_cart();
    own.remove(&sku("SKU-0"));
    let guest = [("SKU-1", 2), ("SKU-2", 999), ("A", 4), ("B", 5)]
        .map(|(text, count)| (sku(text), units(count)))
        .into();
    merge_carts(&mut own, guest);
    assert_eq!(own.get(&sku("SKU-1")), Some(&units(3)));
    assert_eq!(own.get(&sku("SKU-2")), Some(&units(999)));
    assert_eq!(own.get(&sku("A")), Some(&units(4)));
    assert_eq!(own.get(&sku("B")), None, "the cart was full");
    assert_eq!(own.len(), MAX_LINES);
}

#[test]
fn priced_lines_are_sorted_by_name_and_unavailable_skus_are_listed() {
    let lines: Lines = [("A", 2), ("B", 3), ("GONE", 1)]
        .map(|(text, count)| (sku(text), units(count)))
        .into();
    let products: Products = [
        (sku("A"), product("Tea", 250, Currency::EUR)),
        (sku("B"), product("Coffee", 100, Currency::EUR)),
    ]
    .into();
    let cart = price_cart(&lines, &products).unwrap();
    let names: Vec<_> = cart.lines.iter().map(|l| l.product.name.as_str()).collect();
    assert_eq!(names, ["Coffee", "Tea"]);
    assert_eq!(cart.unavailable, [sku("GONE")]);
    assert_eq!(cart.sum, Some(Money::new(800, Currency::EUR)));
}

#[test]
fn two_currencies_in_one_cart_are_refused() {
    let lines: Lines = [(sku("A"), units(1)), (sku("B"), units(1))].into();
    let products: Products = [
        (sku("A"), product("Tea", 250, Currency::EUR)),
        (sku("B"), product("Coffee", 100, Currency::USD)),
    ]
    .into();
    assert_eq!(price_cart(&lines, &products), Err(Error::CurrencyMismatch));
}
