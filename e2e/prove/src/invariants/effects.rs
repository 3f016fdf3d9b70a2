//! Messages are delivered more than once; their effects happen once.

use std::collections::BTreeMap;

use super::{
    Check, Facts,
    facts::{Reservation, of},
};

/// Kinds of timeline entries that occur at most once.
const ONCE: [&str; 16] = [
    "placed",
    "stock_reserved",
    "stock_refused",
    "payment_authorized",
    "payment_declined",
    "payment_failed",
    "reservation_committed",
    "commit_refused",
    "confirmed",
    "payment_captured",
    "payment_voided",
    "stock_released",
    "shipped",
    "delivered",
    "rejected",
    "cancelled",
];

pub(super) fn steps_happen_once(facts: &Facts) -> Check {
    let mut check = Check::new(
        "steps_happen_once",
        "No step occurs twice in the timeline of an order, and each order was placed once",
    );
    for id in facts.order.orders.keys() {
        let twice: Vec<_> = ONCE
            .into_iter()
            .map(|kind| (kind, facts.order.times(id, kind)))
            .filter(|(kind, times)| *times > 1 || (*kind == "placed" && *times == 0))
            .map(|(kind, times)| format!("{kind} {times} times"))
            .collect();
        check.require(twice.is_empty(), || {
            format!("timeline of order {id}: {}", twice.join(", "))
        });
    }
    check
}

pub(super) fn stock_moves_once(facts: &Facts) -> Check {
    let mut check = Check::new(
        "stock_moves_once",
        "Each reservation sold its units at most once, returned them at most once, and is the only one of its order",
    );
    let catalog = &facts.catalog;
    // By reservation and product.
    let mut moved: BTreeMap<(&str, &str), Moves> = BTreeMap::new();
    for movement in &catalog.journal {
        let moves = moved
            .entry((&movement.reference, &movement.product))
            .or_default();
        match movement.kind.as_str() {
            "sold" => moves.sold.push(-movement.delta),
            "returned" => moves.returned.push(movement.delta),
            _ => {}
        }
    }
    let none = Moves::default();
    let mut of_order: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, reservation) in &catalog.reservations {
        of_order.entry(&reservation.order).or_default().push(id);
        for (product, quantity) in of(&catalog.lines, id) {
            let moves = moved.get(&(id.as_str(), product.as_str())).unwrap_or(&none);
            check.require(moves.match_state(reservation, *quantity), || {
                let (state, sku) = (&reservation.state, catalog.sku(product));
                let (sold, returned) = (&moves.sold, &moves.returned);
                format!(
                    "reservation {id} of order {} over {quantity} of {sku} is {state}: sold \
                     {sold:?}, returned {returned:?}",
                    reservation.order
                )
            });
        }
    }
    for (order, ids) in of_order.iter().filter(|(_, ids)| ids.len() > 1) {
        check.violations.push(format!(
            "order {order} has reservations {}",
            ids.join(" and ")
        ));
    }
    check
}

/// The units of each movement in the journal.
#[derive(Debug, Default)]
struct Moves {
    sold: Vec<i64>,
    returned: Vec<i64>,
}

impl Moves {
    fn match_state(&self, reservation: &Reservation, quantity: i64) -> bool {
        let once = [quantity];
        match reservation.state.as_str() {
            "committed" => self.sold == once && self.returned.is_empty(),
            "released" => self.sold == self.returned && (self.sold.is_empty() || self.sold == once),
            _ => self.sold.is_empty() && self.returned.is_empty(),
        }
    }
}

pub(super) fn booked_once(facts: &Facts) -> Check {
    let mut check = Check::new(
        "booked_once",
        "The ledger has each authorization, capture, void and refund of a payment at most once",
    );
    let mut times: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for (id, booking) in &facts.payment.bookings {
        let what = (
            booking.payment.as_str(),
            booking.kind.as_str(),
            booking.refund.as_str(),
        );
        times.entry(what).or_default().push(id);
    }
    for ((payment, kind, refund), ids) in times {
        check.require(ids.len() == 1, || {
            format!(
                "payment {payment}: {kind} {refund} is booked by {}",
                ids.join(" and ")
            )
        });
    }
    for (id, booking) in &facts.payment.bookings {
        let payment = facts.payment.payments.get(&booking.payment);
        if payment.is_none_or(|payment| payment.order != booking.order) {
            check.violations.push(format!(
                "ledger transaction {id} names payment {} of order {}, which do not belong together",
                booking.payment, booking.order
            ));
        }
    }
    check
}

pub(super) fn constraints_in_force(facts: &Facts) -> Check {
    let mut check = Check::new(
        "constraints_in_force",
        "The databases themselves reject negative stock, a message handled twice, and a booking that is repeated or unbalanced",
    );
    for constraint in &facts.constraints {
        check.require(constraint.in_force, || {
            format!(
                "{} is not in force in the database of {}",
                constraint.name, constraint.service
            )
        });
    }
    check
}
