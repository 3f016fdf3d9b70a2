//! What answers reported to clients is true.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Check, Facts,
    facts::{Key, Order},
};
use crate::history::{History, may_follow};

pub(super) fn checkouts_answered(history: &History) -> Check {
    let mut check = Check::new(
        "checkouts_answered",
        "Every checkout was finally answered with an order or a refusal",
    );
    for (key, checkout) in &history.checkouts {
        check.require(checkout.is_answered(), || {
            format!(
                "key {key}: the outcome of all {} attempts is unknown; the last one: {}",
                checkout.unknown, checkout.last_unknown
            )
        });
    }
    check
}

pub(super) fn accepted_orders_exist(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "accepted_orders_exist",
        "Every order that was reported as accepted exists with the reported customer and total, and is not pending",
    );
    for (id, reported) in &history.orders {
        let problem = match facts.order.orders.get(id) {
            None => Some("was accepted and does not exist".to_owned()),
            Some(order) if order.customer != reported.customer => Some(format!(
                "belongs to {}, not to {}",
                order.customer, reported.customer
            )),
            Some(order) if order.total != reported.total => Some(format!(
                "has total {}, reported as {}",
                order.total, reported.total
            )),
            Some(order) if order.status == "pending" => Some("is still pending".to_owned()),
            Some(_) => None,
        };
        check.require(problem.is_none(), || {
            format!("order {id} {}", problem.unwrap_or_default())
        });
    }
    check
}

pub(super) fn one_order_per_key(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "one_order_per_key",
        "An idempotency key created at most one order, and no answer reported another",
    );
    let mut stored: BTreeMap<&str, &str> = BTreeMap::new();
    let mut keys_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in &facts.order.keys {
        stored.insert(&key.key, &key.order);
        keys_of.entry(&key.order).or_default().push(&key.key);
    }
    for (key, checkout) in &history.checkouts {
        let mut orders: BTreeSet<&str> = checkout.orders.iter().map(String::as_str).collect();
        orders.extend(stored.get(key.as_str()).copied());
        check.require(orders.len() <= 1, || {
            let orders = orders.into_iter().collect::<Vec<_>>().join(" and ");
            format!("key {key} created orders {orders}")
        });
    }
    for (order, keys) in keys_of.iter().filter(|(_, keys)| keys.len() > 1) {
        check.violations.push(format!(
            "order {order} was created by keys {}",
            keys.join(" and ")
        ));
    }
    check
}

pub(super) fn no_unrequested_orders(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "no_unrequested_orders",
        "No order exists that no client requested, or whose checkout was refused",
    );
    let mut keys: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for key in &facts.order.keys {
        keys.entry(&key.order).or_default().push(key);
    }
    for (id, order) in &facts.order.orders {
        let keys = keys.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let problem = match keys {
            [] => Some("without an idempotency key".to_owned()),
            keys => keys.iter().find_map(|key| unrequested(key, order, history)),
        };
        check.require(problem.is_none(), || {
            let why = problem.unwrap_or_default();
            format!("order {id} ({}) exists {why}", order.status)
        });
    }
    check
}

/// Why the order should not exist under this key; `None` if it should.
fn unrequested(key: &Key, order: &Order, history: &History) -> Option<String> {
    let name = &key.key;
    let Some(checkout) = history.checkouts.get(name) else {
        return Some(format!("under key {name}, which no client sent"));
    };
    if checkout.customer != order.customer || key.customer != order.customer {
        return Some(format!(
            "under key {name} of customer {}",
            checkout.customer
        ));
    }
    // An attempt with an unknown outcome may have been carried out after another was refused.
    let refused = checkout.refused.as_ref();
    refused
        .filter(|_| checkout.orders.is_empty() && checkout.unknown == 0)
        .map(|why| format!("under key {name}, which was refused: {why}"))
}

/// Each status with its entry in the timeline.
const TIMELINE_KINDS: [(&str, &str); 6] = [
    ("pending", "placed"),
    ("confirmed", "confirmed"),
    ("shipped", "shipped"),
    ("delivered", "delivered"),
    ("rejected", "rejected"),
    ("cancelled", "cancelled"),
];

pub(super) fn reported_statuses_are_true(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "reported_statuses_are_true",
        "Every status that was reported of an order is in its timeline",
    );
    for (id, reported) in &history.orders {
        for (status, kind) in TIMELINE_KINDS {
            if let Some(when) = reported.first_seen.get(status) {
                check.require(facts.order.times(id, kind) > 0, || {
                    format!("order {id} was reported as {status} at {when}, which is not in its timeline")
                });
            }
        }
    }
    check
}

pub(super) fn reported_statuses_go_forward(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "reported_statuses_go_forward",
        "The reported statuses of an order never go back, and its final status may follow the last of them",
    );
    for (id, reported) in &history.orders {
        if let Some(order) = facts.order.orders.get(id) {
            check.require(may_follow(&reported.status, &order.status), || {
                format!(
                    "order {id} is {}, after it was reported as {}",
                    order.status, reported.status
                )
            });
        }
    }
    check.violations.extend(history.anomalies.iter().cloned());
    check
}

pub(super) fn accepted_requests_take_effect(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "accepted_requests_take_effect",
        "An order whose cancellation was accepted is cancelled, and one whose delivery was accepted is delivered",
    );
    for (id, reported) in &history.orders {
        let status = facts
            .order
            .orders
            .get(id)
            .map_or("missing", |order| &order.status);
        for (expected, accepted) in [
            ("cancelled", reported.cancellation_accepted),
            ("delivered", reported.delivery_accepted),
        ] {
            if accepted {
                check.require(status == expected, || {
                    format!(
                        "order {id} is {status}, although its change to {expected} was accepted"
                    )
                });
            }
        }
    }
    check
}
