//! Stock: nothing is sold twice, nothing is lost.

use std::collections::BTreeMap;

use super::{Facts, Verdict, facts::of};
use crate::witness::Book;

pub(super) fn stock_adds_up(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "stock_adds_up",
        "Per SKU: what was put on the shelf = on hand + sold, and the journal says so too",
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
        // Goods that were there before the customers came have no other witness than the journal.
        let initial = told.shelf.get(&stock.sku).copied();
        let there = stock.on_hand + sold;
        let journal = figure(&journal, product);
        verdict.look(initial.is_none_or(|initial| initial == there) && journal == stock.on_hand, || {
            let initial = initial.map_or("unknown".to_owned(), |units| units.to_string());
            format!(
                "{}: put on the shelf {initial}, on hand {} + sold {sold} = {there}, journal {journal}",
                stock.sku, stock.on_hand
            )
        });
    }
    for sku in told.shelf.keys() {
        if !catalog.stock.values().any(|stock| stock.sku == *sku) {
            verdict.violations.push(format!(
                "{sku}: put on the shelf, and there is no such stock"
            ));
        }
    }
    verdict
}

pub(super) fn sales_are_orders(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "sales_are_orders",
        "Per order: stock is sold exactly when it is confirmed, shipped or delivered, line by line",
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
        verdict.look(agrees, || {
            format!(
                "order {id} is {}, reservation {} is {state}; ordered {ordered:?}, held {held:?}",
                order.status, order.reservation
            )
        });
    }
    for (id, reservation) in &catalog.reservations {
        if !facts.order.orders.contains_key(&reservation.order) {
            let (order, state) = (&reservation.order, &reservation.state);
            verdict.violations.push(format!(
                "reservation {id} is {state} for order {order}, which does not exist"
            ));
        }
    }
    verdict
}

pub(super) fn reserved_is_held(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "reserved_is_held",
        "Per SKU: reserved = what open orders hold, which is nothing once all is quiet",
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
        verdict.look(stock.reserved == held && held == 0, || {
            format!(
                "{}: reserved {}, open orders hold {held}",
                stock.sku, stock.reserved
            )
        });
    }
    verdict
}

pub(super) fn never_negative(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "never_negative",
        "0 <= reserved <= on hand, now and whenever it was looked at",
    );
    for stock in facts.catalog.stock.values() {
        let (on_hand, reserved) = (stock.on_hand, stock.reserved);
        verdict.look(0 <= reserved && reserved <= on_hand, || {
            format!("{}: on hand {on_hand}, reserved {reserved}", stock.sku)
        });
    }
    verdict.checked += told.samples;
    verdict.violations.extend(told.bad_samples.iter().cloned());
    verdict
}
