#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;

pub(in crate::domain) fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

pub(in crate::domain) fn units(count: u32) -> Quantity {
    Quantity::new(count).unwrap()
}

pub(in crate::domain) fn lines(of: &[(&str, u32)]) -> Lines {
    let line = |(text, count): &(&str, u32)| (sku(text), units(*count));
    of.iter().map(line).collect()
}

/// SKU, price in minor units, and currency; without a currency, it is not for sale.
pub(in crate::domain) fn offers(of: &[(&str, i64, &str)]) -> Offers {
    let product = |(text, minor, currency): &(&str, i64, &str)| {
        let product = currency.parse().ok().map(|currency| Product {
            name: format!("Product {text}"),
            slug: text.to_lowercase(),
            price: Money::new(*minor, currency),
            available: 5,
        });
        (sku(text), product)
    };
    Offers::Known(of.iter().map(product).collect())
}

fn sellable(cart: &PricedCart) -> Vec<&str> {
    cart.lines.iter().map(|line| line.sku.as_str()).collect()
}

fn unsellable(cart: &PricedCart) -> Vec<(&str, u32, LineReason)> {
    let lines = cart.unsellable.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity.get(), line.reason))
        .collect()
}

#[test]
fn lines_keep_their_order_and_those_that_cannot_be_sold_cost_nothing() {
    let cart = lines(&[("TEA", 2), ("GONE", 4), ("SAKE", 1), ("COFFEE", 3)]);
    let offers = offers(&[
        ("COFFEE", 100, "EUR"),
        ("GONE", 0, ""),
        ("SAKE", 900, "JPY"),
        ("TEA", 250, "EUR"),
    ]);
    let priced = price_cart(&cart, &offers);
    assert_eq!(sellable(&priced), ["TEA", "COFFEE"]);
    assert_eq!(
        unsellable(&priced),
        [
            ("GONE", 4, LineReason::NotForSale),
            ("SAKE", 1, LineReason::OtherCurrency)
        ]
    );
    assert_eq!(priced.sum, Some(Money::new(800, Currency::EUR)));
}

#[test]
fn the_first_line_that_is_for_sale_determines_the_currency() {
    let cart = lines(&[("GONE", 1), ("SAKE", 1), ("TEA", 1)]);
    let offers = offers(&[("GONE", 0, ""), ("SAKE", 900, "JPY"), ("TEA", 250, "EUR")]);
    let priced = price_cart(&cart, &offers);
    assert_eq!(sellable(&priced), ["SAKE"]);
    assert_eq!(
        unsellable(&priced),
        [
            ("GONE", 1, LineReason::NotForSale),
            ("TEA", 1, LineReason::OtherCurrency)
        ]
    );
}

#[test]
fn without_the_catalog_no_line_has_a_price_and_there_are_no_totals() {
    let cart = lines(&[("TEA", 2)]);
    let priced = price_cart(&cart, &Offers::Unavailable);
    assert_eq!(unsellable(&priced), [("TEA", 2, LineReason::Unavailable)]);
    let now = DateTime::from_timestamp(0, 0).unwrap();
    assert_eq!(priced.totals(None, None, now), Ok(None));
}

#[test]
fn a_line_beyond_the_largest_sum_is_left_out() {
    let cart = lines(&[("TEA", 1), ("MOON", 2), ("SUN", 1)]);
    let offers = offers(&[
        ("TEA", 250, "EUR"),
        ("MOON", i64::MAX, "EUR"),
        ("SUN", MAX_SUM, "EUR"),
    ]);
    let priced = price_cart(&cart, &offers);
    assert_eq!(
        unsellable(&priced),
        [
            ("MOON", 2, LineReason::AmountTooLarge),
            ("SUN", 1, LineReason::AmountTooLarge)
        ]
    );
    assert_eq!(priced.sum, Some(Money::new(250, Currency::EUR)));
}

#[test]
fn the_largest_legal_cart_is_below_the_largest_sum() {
    let price = Money::new(1_000_000_000, Currency::EUR);
    let line = price.times(units(Quantity::MAX)).unwrap().minor_units();
    assert!(line * 100 < MAX_SUM);
}

proptest! {
    #[test]
    fn every_line_is_sold_or_explained(
        cart in prop::collection::btree_map("[A-F]{1,2}", 1_u32..=999, 0..20),
        prices in prop::collection::btree_map("[A-F]{1,2}", (0..=i64::MAX, prop_oneof![
            Just("EUR"), Just("JPY"), Just("")]), 0..20),
    ) {
        let cart: Lines = cart.iter().map(|(text, count)| (sku(text), units(*count))).collect();
        let of: Vec<_> = prices.iter().map(|(text, (minor, code))| (text.as_str(), *minor, *code)).collect();
        let priced = price_cart(&cart, &offers(&of));
        let sold = priced.lines.iter().map(|line| (line.sku.clone(), line.quantity));
        let excluded = priced.unsellable.iter().map(|line| (line.sku.clone(), line.quantity));
        let all: Lines = sold.chain(excluded).collect();
        prop_assert_eq!(all.len(), cart.len());
        for line in cart.iter() {
            prop_assert_eq!(all.get(&line.sku), Some(line.quantity));
        }
        let currencies = priced.lines.iter().map(|line| line.total.currency());
        prop_assert!(currencies.into_iter().all(|currency| Some(currency) == priced.currency()));
    }
}
