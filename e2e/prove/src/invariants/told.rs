//! What customers were told is true.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Facts, Verdict,
    facts::{Key, Order},
};
use crate::witness::{Book, may_follow};

pub(super) fn every_checkout_is_answered(told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "checkouts_answered",
        "Every checkout was answered in the end, with an order or a refusal",
    );
    for (key, checkout) in &told.checkouts {
        verdict.look(checkout.is_answered(), || {
            format!(
                "key {key}: {} answers, none of which said anything; the last one: {}",
                checkout.unclear, checkout.last_unclear
            )
        });
    }
    verdict
}

pub(super) fn accepted_orders_exist(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "accepted_orders_exist",
        "Every order that a customer was told was accepted exists, as told, and has come to an end",
    );
    for (id, told) in &told.orders {
        let problem = match facts.order.orders.get(id) {
            None => Some("was accepted and does not exist".to_owned()),
            Some(order) if order.customer != told.customer => Some(format!(
                "belongs to {}, not to {}",
                order.customer, told.customer
            )),
            Some(order) if order.total != told.total => {
                Some(format!("costs {}, {} was told", order.total, told.total))
            }
            Some(order) if order.status == "pending" => Some("is still pending".to_owned()),
            Some(_) => None,
        };
        verdict.look(problem.is_none(), || {
            format!("order {id} {}", problem.unwrap_or_default())
        });
    }
    verdict
}

pub(super) fn one_order_per_key(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "one_order_per_key",
        "An idempotency key made one order at most, and was answered with no other",
    );
    let mut kept: BTreeMap<&str, &str> = BTreeMap::new();
    let mut keys_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in &facts.order.keys {
        kept.insert(&key.key, &key.order);
        keys_of.entry(&key.order).or_default().push(&key.key);
    }
    for (key, checkout) in &told.checkouts {
        let mut orders: BTreeSet<&str> = checkout.orders.iter().map(String::as_str).collect();
        orders.extend(kept.get(key.as_str()).copied());
        verdict.look(orders.len() <= 1, || {
            let orders = orders.into_iter().collect::<Vec<_>>().join(" and ");
            format!("key {key} made orders {orders}")
        });
    }
    for (order, keys) in keys_of.iter().filter(|(_, keys)| keys.len() > 1) {
        verdict.violations.push(format!(
            "order {order} was made by keys {}",
            keys.join(" and ")
        ));
    }
    verdict
}

pub(super) fn no_order_unasked(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "no_order_unasked",
        "No order exists that nobody asked for, or that was refused",
    );
    let mut keys: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for key in &facts.order.keys {
        keys.entry(&key.order).or_default().push(key);
    }
    for (id, order) in &facts.order.orders {
        let keys = keys.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let problem = match keys {
            [] => Some("without an idempotency key".to_owned()),
            keys => keys.iter().find_map(|key| unasked(key, order, told)),
        };
        verdict.look(problem.is_none(), || {
            let why = problem.unwrap_or_default();
            format!("order {id} ({}) exists {why}", order.status)
        });
    }
    verdict
}

/// What is wrong with the key under which an order was placed.
fn unasked(key: &Key, order: &Order, told: &Book) -> Option<String> {
    let name = &key.key;
    let Some(checkout) = told.checkouts.get(name) else {
        return Some(format!("under key {name}, which nobody sent"));
    };
    if checkout.customer != order.customer || key.customer != order.customer {
        return Some(format!(
            "under key {name} of customer {}",
            checkout.customer
        ));
    }
    // A try that was not answered may have arrived after the refusal of a later one.
    let refused = checkout.refused.as_ref();
    refused
        .filter(|_| checkout.orders.is_empty() && checkout.unclear == 0)
        .map(|why| format!("under key {name}, which was refused: {why}"))
}

/// What the timeline says when an order has had a status.
const TRACES: [(&str, &str); 6] = [
    ("pending", "placed"),
    ("confirmed", "confirmed"),
    ("shipped", "shipped"),
    ("delivered", "delivered"),
    ("rejected", "rejected"),
    ("cancelled", "cancelled"),
];

pub(super) fn statuses_are_true(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "told_statuses_are_true",
        "Nobody was told confirmed, shipped, .. of an order that was not",
    );
    for (id, told) in &told.orders {
        for (status, trace) in TRACES {
            if let Some(when) = told.seen.get(status) {
                verdict.look(facts.order.times(id, trace) > 0, || {
                    format!("order {id} was told to be {status} at {when}, but never was")
                });
            }
        }
    }
    verdict
}

pub(super) fn statuses_go_forward(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "told_statuses_go_forward",
        "What is told of an order never goes back, and leads to what it is in the end",
    );
    for (id, told) in &told.orders {
        if let Some(order) = facts.order.orders.get(id) {
            verdict.look(may_follow(&told.status, &order.status), || {
                format!(
                    "order {id} is {}, {} was told before",
                    order.status, told.status
                )
            });
        }
    }
    verdict.violations.extend(told.oddities.iter().cloned());
    verdict
}

pub(super) fn wishes_come_true(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "accepted_wishes_come_true",
        "An accepted cancellation ends cancelled, an accepted delivery delivered",
    );
    for (id, told) in &told.orders {
        let status = facts
            .order
            .orders
            .get(id)
            .map_or("missing", |order| &order.status);
        for (wish, accepted) in [("cancelled", told.cancelled), ("delivered", told.delivered)] {
            if accepted {
                verdict.look(status == wish, || {
                    format!("order {id} was accepted to be {wish}, and is {status}")
                });
            }
        }
    }
    verdict
}
