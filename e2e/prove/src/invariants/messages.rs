//! No message, saga or call is in progress or stuck.

use super::{Check, Facts};

pub(super) fn outboxes_are_empty(facts: &Facts) -> Check {
    let mut check = Check::new(
        "outboxes_are_empty",
        "Every message was published: the outboxes are empty",
    );
    check.checked = 4;
    for unpublished in &facts.unpublished {
        check.violations.push(format!(
            "{}'s outbox: message {} ({} about {}), {} attempts {}",
            unpublished.service,
            unpublished.message,
            unpublished.kind,
            unpublished.subject,
            unpublished.attempts,
            unpublished.last_error
        ));
    }
    check
}

pub(super) fn queues_are_empty(facts: &Facts) -> Check {
    let mut check = Check::new(
        "queues_are_empty",
        "Every message was handled: queues and retry queues are empty, and no consumer missed an event",
    );
    for queue in facts
        .queues
        .iter()
        .filter(|queue| !queue.holds_dead_letters())
    {
        check.require(queue.messages == 0, || {
            format!("queue {} has {} messages", queue.name, queue.messages)
        });
    }
    check
}

pub(super) fn no_dead_letters(facts: &Facts) -> Check {
    let mut check = Check::new("no_dead_letters", "No message became a dead letter");
    for queue in facts
        .queues
        .iter()
        .filter(|queue| queue.holds_dead_letters())
    {
        check.require(queue.messages == 0, || {
            format!(
                "{} has {} messages; inspect them with the staff API",
                queue.name, queue.messages
            )
        });
    }
    check
}

pub(super) fn nothing_in_flight(facts: &Facts) -> Check {
    let mut check = Check::new(
        "nothing_in_flight",
        "No saga, refund, reservation, payment or call to the provider is unfinished",
    );
    for (order, (status, step, attempts)) in &facts.order.sagas {
        check.require(status == "done", || {
            format!("saga of order {order} is {status}: {attempts} attempts of step {step}")
        });
    }
    for (id, refund) in &facts.order.refunds {
        check.require(refund.status != "requested", || {
            format!("refund {id} of order {} is still requested", refund.order)
        });
    }
    for (id, reservation) in &facts.catalog.reservations {
        check.require(reservation.state != "held", || {
            format!(
                "reservation {id} of order {} is still held",
                reservation.order
            )
        });
    }
    for (id, payment) in &facts.payment.payments {
        let is_open = ["authorizing", "action_required"].contains(&payment.status.as_str());
        check.require(!is_open, || {
            format!(
                "payment {id} of order {} is still {}",
                payment.order, payment.status
            )
        });
    }
    for (id, refund) in &facts.payment.refunds {
        check.require(refund.status != "requested", || {
            format!(
                "refund {id} of payment {} is still requested at payment",
                refund.payment
            )
        });
    }
    for operation in &facts.payment.operations {
        check.require(!operation.is_open, || {
            format!(
                "operation {} ({} of payment {}) is open after {} attempts {}",
                operation.id,
                operation.kind,
                operation.payment,
                operation.attempts,
                operation.last_error
            )
        });
    }
    check
}
