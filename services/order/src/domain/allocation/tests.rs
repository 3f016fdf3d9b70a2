#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::*;
use crate::domain::sold_order::tests::{eur, sold_line};

fn totals(lines: i64, discount: i64, shipping: i64, tax: i64) -> Totals {
    Totals::sum(eur(lines), eur(discount), eur(shipping), eur(tax)).unwrap()
}

fn units(position: u32, first: u32, count: u32) -> Units {
    Units {
        position,
        first,
        count,
    }
}

fn minor(totals: Totals) -> [i64; 5] {
    let Totals {
        lines,
        discount,
        shipping,
        tax,
        total,
    } = totals;
    [lines, discount, shipping, tax, total].map(Money::minor_units)
}

#[test]
fn the_minor_units_that_are_left_go_to_the_largest_fractions() {
    // 100 by 1 : 1 : 1, and by 50 : 30 : 20 of 101.
    assert_eq!(split(eur(100), &[1, 1, 1], Vec::new).unwrap(), [34, 33, 33]);
    assert_eq!(split(eur(7), &[50, 30, 20], Vec::new).unwrap(), [4, 2, 1]);
    assert_eq!(split(eur(0), &[50, 30], Vec::new).unwrap(), [0, 0]);
}

#[test]
fn without_a_value_the_quantity_decides() {
    assert_eq!(split(eur(9), &[0, 0], || vec![1, 2]).unwrap(), [3, 6]);
}

#[test]
fn a_unit_has_its_part_of_every_amount() {
    let sold = [sold_line("MUG", 3, 1_000), sold_line("TEA", 1, 500)];
    let all = totals(3_500, 350, 490, 691);
    let allocation = Allocation::new(&sold, &all).unwrap();
    let first = minor(allocation.share(units(1, 1, 1)).unwrap());
    let second = minor(allocation.share(units(1, 2, 1)).unwrap());
    let third = minor(allocation.share(units(1, 3, 1)).unwrap());
    let tea = minor(allocation.share(units(2, 1, 1)).unwrap());
    assert_eq!(first, [1_000, 100, 140, 197, 1_237]);
    assert_eq!(second, [1_000, 100, 140, 197, 1_237]);
    assert_eq!(third, [1_000, 100, 140, 198, 1_238]);
    assert_eq!(tea, [500, 50, 70, 99, 619]);
}

#[test]
fn units_that_were_not_sold_have_no_share() {
    let sold = [sold_line("MUG", 3, 1_000)];
    let allocation = Allocation::new(&sold, &totals(3_000, 0, 0, 0)).unwrap();
    for wrong in [
        units(0, 1, 1),
        units(2, 1, 1),
        units(1, 3, 2),
        units(1, 0, 1),
    ] {
        assert!(allocation.share(wrong).is_err(), "{wrong:?}");
    }
}

prop_compose! {
    /// Lines and totals as a checkout makes them.
    pub(in crate::domain) fn sales()(
        lines in prop::collection::vec((1..=20_u32, 0..=9_999_i64), 1..6),
        discount in 0..=10_000_u32,
        shipping in 0..=2_000_i64,
        tax in 0..=3_000_u32,
    ) -> (Vec<SoldLine>, Totals) {
        let sold: Vec<SoldLine> = lines
            .iter()
            .enumerate()
            .map(|(index, (quantity, price))| sold_line(&format!("SKU-{index}"), *quantity, *price))
            .collect();
        let sum: i64 = lines.iter().map(|(quantity, price)| i64::from(*quantity) * price).sum();
        let off = eur(sum).share(kernel::BasisPoints(discount)).unwrap();
        let taxed = eur(sum).minus(off).unwrap().plus(eur(shipping)).unwrap();
        let tax = taxed.share(kernel::BasisPoints(tax)).unwrap();
        (sold, Totals::sum(eur(sum), off, eur(shipping), tax).unwrap())
    }
}

proptest! {
    #[test]
    fn a_split_sums_to_the_amount_and_rounds_each_part_by_less_than_one(
        amount in 0..=1_000_000_000_000_000_i64,
        weights in prop::collection::vec(prop_oneof![Just(0), 0..=1_000_000_000_000_000_i64], 1..100),
    ) {
        let parts = split(eur(amount), &weights, || vec![1; weights.len()]).unwrap();
        prop_assert_eq!(parts.iter().sum::<i64>(), amount);
        let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
            let rounded = i128::from(*part) * sum - i128::from(amount) * i128::from(*weight);
            prop_assert!(rounded.abs() < sum, "{part} of {amount} by {weight} of {sum}");
        }
    }

    #[test]
    fn the_shares_of_all_units_sum_to_every_amount_exactly((sold, totals) in sales()) {
        let allocation = Allocation::new(&sold, &totals).unwrap();
        let mut sum: Option<Totals> = None;
        for (position, line) in (1..).zip(&sold) {
            for unit in 1..=line.quantity.get() {
                let share = allocation.share(units(position, unit, 1)).unwrap();
                prop_assert!(minor(share).iter().all(|amount| *amount >= 0), "{share:?}");
                sum = Some(sum.map_or(Ok(share), |sum| sum.plus(share)).unwrap());
            }
        }
        prop_assert_eq!(sum, Some(totals));
    }

    #[test]
    fn consecutive_units_cost_what_they_cost_one_by_one((sold, totals) in sales()) {
        let allocation = Allocation::new(&sold, &totals).unwrap();
        for (position, line) in (1..).zip(&sold) {
            let quantity = line.quantity.get();
            let half = quantity / 2;
            let whole = allocation.share(units(position, 1, quantity)).unwrap();
            if half > 0 {
                let first = allocation.share(units(position, 1, half)).unwrap();
                let second = allocation.share(units(position, half + 1, quantity - half)).unwrap();
                prop_assert_eq!(first.plus(second).unwrap(), whole);
            }
        }
    }
}
