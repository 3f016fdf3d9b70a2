//! What a rejected order gives back to the cart.

use super::cart::{Lines, MAX_LINES};

/// Adds the lines of a rejected order to the lines that the cart has by now. Quantities of the same SKU add up.
/// Returns the number of units that exceed the limits of a line or of the cart.
pub(crate) fn return_lines(cart: &mut Lines, order: Lines) -> u32 {
    let mut left_out: u32 = 0;
    for (sku, returned) in order {
        let is_full = cart.len() >= MAX_LINES;
        let excess = match cart.get_mut(&sku) {
            Some(present) => {
                let sum = present.saturating_add(returned);
                let excess = present.get() + returned.get() - sum.get();
                *present = sum;
                excess
            }
            None if is_full => returned.get(),
            None => {
                cart.insert(sku, returned);
                0
            }
        };
        left_out = left_out.saturating_add(excess);
    }
    left_out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use kernel::{Quantity, Sku};
    use proptest::prelude::*;

    use super::*;

    fn lines(of: &[(&str, u32)]) -> Lines {
        let line = |(sku, units): &(&str, u32)| {
            let sku = Sku::try_from((*sku).to_owned()).unwrap();
            (sku, Quantity::new(*units).unwrap())
        };
        of.iter().map(line).collect()
    }

    #[test]
    fn an_empty_cart_becomes_what_the_order_was() {
        let mut cart = Lines::new();
        let order = lines(&[("A", 1), ("B", 2)]);
        assert_eq!(return_lines(&mut cart, order.clone()), 0);
        assert_eq!(cart, order);
    }

    #[test]
    fn lines_join_what_was_put_in_meanwhile() {
        let mut cart = lines(&[("A", 600), ("C", 1)]);
        assert_eq!(return_lines(&mut cart, lines(&[("A", 600), ("B", 2)])), 201);
        assert_eq!(cart, lines(&[("A", 999), ("B", 2), ("C", 1)]));
    }

    #[test]
    fn a_full_cart_takes_only_skus_that_it_has() {
        let names: Vec<String> = (0..MAX_LINES).map(|n| format!("SKU-{n}")).collect();
        let full: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let mut cart = lines(&full);
        assert_eq!(
            return_lines(&mut cart, lines(&[("NEW", 3), ("SKU-7", 2)])),
            3
        );
        assert_eq!(cart.len(), MAX_LINES);
        assert_eq!(cart[&Sku::try_from("SKU-7".to_owned()).unwrap()].get(), 3);
    }

    fn any_lines() -> impl Strategy<Value = Lines> {
        prop::collection::btree_map("[A-F]{1,2}", 1_u32..=999, 0..20).prop_map(|map| {
            let line = |(sku, units): (String, u32)| {
                (Sku::try_from(sku).unwrap(), Quantity::new(units).unwrap())
            };
            map.into_iter().map(line).collect()
        })
    }

    fn units(lines: &Lines) -> u32 {
        lines.values().map(|quantity| quantity.get()).sum()
    }

    proptest! {
        #[test]
        fn every_unit_is_returned_or_counted_as_left_out(cart in any_lines(), order in any_lines()) {
            let mut joined = cart.clone();
            let left_out = return_lines(&mut joined, order.clone());
            prop_assert_eq!(units(&joined) + left_out, units(&cart) + units(&order));
            for (sku, quantity) in &cart {
                prop_assert!(joined[sku] >= *quantity, "nothing that was in the cart is lost");
            }
        }
    }
}
