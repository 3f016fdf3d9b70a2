//! Stock: no unit is sold twice or lost.

use std::collections::BTreeMap;

use super::{Check, Facts, facts::of};
use crate::history::History;

pub(super) fn stock_adds_up(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "stock_adds_up",
        "Per SKU: units stocked = on hand + sold, and the journal sums to on hand",
    );
    let catalog = &facts.catalog;
    let mut sold: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, reservation) in &catalog.reservations {
        if reservation.state == "committed" {
            for (product, quantity) in of(&catalog.lines, id) {
                *sold.entry(product).or_default() += quantity;
            }
        }
    }
    let mut journal: BTreeMap<&str, i64> = BTreeMap::new();
    for movement in &catalog.journal {
        *journal.entry(&movement.product).or_default() += movement.delta;
    }
    let figure = |map: &BTreeMap<&str, i64>, product: &str| map.get(product).copied().unwrap_or(0);
    for (product, stock) in &catalog.stock {
        let sold = figure(&sold, product);
        // The history has only the products that clients buy, not the demo data.
        let initial = history.stocked.get(&stock.sku).copied();
        let expected = stock.on_hand + sold;
        let journal = figure(&journal, product);
        check.require(initial.is_none_or(|initial| initial == expected) && journal == stock.on_hand, || {
            let initial = initial.map_or("unknown".to_owned(), |units| units.to_string());
            format!(
                "{}: stocked {initial}, on hand {} + sold {sold} = {expected}, journal {journal}",
                stock.sku, stock.on_hand
            )
        });
    }
    for sku in history.stocked.keys() {
        if !catalog.stock.values().any(|stock| stock.sku == *sku) {
            check
                .violations
                .push(format!("{sku} was stocked, and no such stock exists"));
        }
    }
    check
}

pub(super) fn sales_match_orders(facts: &Facts) -> Check {
    let mut check = Check::new(
        "sales_match_orders",
        "Per order: its lines are sold exactly when it is confirmed, shipped or delivered",
    );
    let catalog = &facts.catalog;
    for (id, order) in &facts.order.orders {
        let reservation = catalog.reservations.get(&order.reservation);
        let state = reservation.map_or("none", |reservation| &reservation.state);
        let is_sold = order.is(&["confirmed", "shipped", "delivered"]);
        let mut ordered: Vec<_> = of(&facts.order.lines, id).to_vec();
        ordered.sort();
        let mut held: Vec<_> = of(&catalog.lines, &order.reservation)
            .iter()
            .map(|(product, quantity)| (catalog.sku(product).to_owned(), *quantity))
            .collect();
        held.sort();
        let agrees = is_sold == (state == "committed") && (!is_sold || ordered == held);
        check.require(agrees, || {
            format!(
                "order {id} is {}, reservation {} is {state}; ordered {ordered:?}, held {held:?}",
                order.status, order.reservation
            )
        });
    }
    for (id, reservation) in &catalog.reservations {
        if !facts.order.orders.contains_key(&reservation.order) {
            let (order, state) = (&reservation.order, &reservation.state);
            check.violations.push(format!(
                "reservation {id} is {state} for order {order}, which does not exist"
            ));
        }
    }
    check
}

pub(super) fn reserved_matches_reservations(facts: &Facts) -> Check {
    let mut check = Check::new(
        "reserved_matches_reservations",
        "Per SKU: reserved = units of open reservations, which is zero at quiescence",
    );
    let catalog = &facts.catalog;
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, reservation) in &catalog.reservations {
        if reservation.state == "held" {
            for (product, quantity) in of(&catalog.lines, id) {
                *held.entry(product).or_default() += quantity;
            }
        }
    }
    for (product, stock) in &catalog.stock {
        let held = held.get(product.as_str()).copied().unwrap_or(0);
        check.require(stock.reserved == held && held == 0, || {
            format!(
                "{}: reserved {}, open reservations hold {held}",
                stock.sku, stock.reserved
            )
        });
    }
    check
}

pub(super) fn never_negative(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "never_negative",
        "0 <= reserved <= on hand, at the end and in every sample during the run",
    );
    for stock in facts.catalog.stock.values() {
        let (on_hand, reserved) = (stock.on_hand, stock.reserved);
        check.require(0 <= reserved && reserved <= on_hand, || {
            format!("{}: on hand {on_hand}, reserved {reserved}", stock.sku)
        });
    }
    check.checked += history.samples;
    check
        .violations
        .extend(history.sample_violations.iter().cloned());
    check
}
