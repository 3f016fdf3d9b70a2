//! Messages come twice; what they do happens once.

use std::collections::BTreeMap;

use super::{
    Facts, Verdict,
    facts::{Reservation, of},
};

/// Steps of an order's life that can happen once at most.
const ONCE: [&str; 15] = [
    "placed",
    "stock_reserved",
    "stock_refused",
    "payment_authorized",
    "payment_declined",
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

pub(super) fn steps_happen_once(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "steps_happen_once",
        "Every step of an order's timeline happened once, and it was placed once",
    );
    for id in facts.order.orders.keys() {
        let twice: Vec<_> = ONCE
            .into_iter()
            .map(|kind| (kind, facts.order.times(id, kind)))
            .filter(|(kind, times)| *times > 1 || (*kind == "placed" && *times == 0))
            .map(|(kind, times)| format!("{kind} {times} times"))
            .collect();
        verdict.look(twice.is_empty(), || {
            format!("timeline of order {id}: {}", twice.join(", "))
        });
    }
    verdict
}

pub(super) fn stock_moves_once(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "stock_moves_once",
        "Every reservation took its units off the shelf once at most, put them back once at most, and is its order's only one",
    );
    let catalog = &facts.catalog;
    // Units sold and returned, by reservation and product, with how often.
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
    let still = Moves::default();
    let mut of_order: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, reservation) in &catalog.reservations {
        of_order.entry(&reservation.order).or_default().push(id);
        for (product, quantity) in of(&catalog.lines, id) {
            let moves = moved
                .get(&(id.as_str(), product.as_str()))
                .unwrap_or(&still);
            verdict.look(moves.fit(reservation, *quantity), || {
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
        verdict.violations.push(format!(
            "order {order} has reservations {}",
            ids.join(" and ")
        ));
    }
    verdict
}

#[derive(Debug, Default)]
struct Moves {
    sold: Vec<i64>,
    returned: Vec<i64>,
}

impl Moves {
    fn fit(&self, reservation: &Reservation, quantity: i64) -> bool {
        let once = [quantity];
        match reservation.state.as_str() {
            "committed" => self.sold == once && self.returned.is_empty(),
            "released" => self.sold == self.returned && (self.sold.is_empty() || self.sold == once),
            _ => self.sold.is_empty() && self.returned.is_empty(),
        }
    }
}

pub(super) fn booked_once(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "booked_once",
        "A payment is authorized, captured and let go once in the ledger, a refund booked once",
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
        verdict.look(ids.len() == 1, || {
            format!(
                "payment {payment}: {kind} {refund} is booked in {}",
                ids.join(" and ")
            )
        });
    }
    for (id, booking) in &facts.payment.bookings {
        let payment = facts.payment.payments.get(&booking.payment);
        if payment.is_none_or(|payment| payment.order != booking.order) {
            verdict.violations.push(format!(
                "ledger transaction {id} is of payment {} of order {}, which is not so",
                booking.payment, booking.order
            ));
        }
    }
    verdict
}

pub(super) fn guards_stand(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "guards_stand",
        "The databases refuse by themselves: negative stock, a message handled twice, a booking twice or out of balance",
    );
    for guard in &facts.guards {
        verdict.look(guard.stands, || {
            format!(
                "{}'s database has no {} in force",
                guard.service, guard.name
            )
        });
    }
    verdict
}
