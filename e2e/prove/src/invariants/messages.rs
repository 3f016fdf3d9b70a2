//! Nothing is under way, nothing is stuck.

use super::{Facts, Verdict};

pub(super) fn outboxes_are_empty(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "outboxes_are_empty",
        "Every message was sent: the outboxes are empty",
    );
    verdict.checked = 4;
    for unsent in &facts.unsent {
        verdict.violations.push(format!(
            "{}'s outbox: message {} ({} about {}), {} attempts {}",
            unsent.service,
            unsent.message,
            unsent.kind,
            unsent.subject,
            unsent.attempts,
            unsent.last_error
        ));
    }
    verdict
}

pub(super) fn queues_are_empty(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "queues_are_empty",
        "Every message was handled: queues and retry queues are empty",
    );
    for queue in facts
        .queues
        .iter()
        .filter(|queue| !queue.holds_dead_letters())
    {
        verdict.look(queue.messages == 0, || {
            format!("queue {} has {} messages", queue.name, queue.messages)
        });
    }
    verdict
}

pub(super) fn no_dead_letters(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "no_dead_letters",
        "No message was given up: no dead letters",
    );
    for queue in facts
        .queues
        .iter()
        .filter(|queue| queue.holds_dead_letters())
    {
        verdict.look(queue.messages == 0, || {
            format!(
                "{} has {} messages: read them as staff",
                queue.name, queue.messages
            )
        });
    }
    verdict
}

pub(super) fn nothing_in_flight(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "nothing_in_flight",
        "No saga, refund, reservation or call to the provider is unfinished",
    );
    for (order, (status, step, attempts)) in &facts.order.sagas {
        verdict.look(status == "done", || {
            format!("saga of order {order} is {status}, asked {attempts} times to {step}")
        });
    }
    for (id, refund) in &facts.order.refunds {
        verdict.look(refund.status != "requested", || {
            format!("refund {id} of order {} is not answered", refund.order)
        });
    }
    for (id, reservation) in &facts.catalog.reservations {
        verdict.look(reservation.state != "held", || {
            format!(
                "reservation {id} of order {} is still held",
                reservation.order
            )
        });
    }
    for (id, payment) in &facts.payment.payments {
        let waits = ["authorizing", "action_required"].contains(&payment.status.as_str());
        verdict.look(!waits, || {
            format!(
                "payment {id} of order {} is still {}",
                payment.order, payment.status
            )
        });
    }
    for (id, refund) in &facts.payment.refunds {
        verdict.look(refund.status != "requested", || {
            format!(
                "refund {id} of payment {} is not answered by payment",
                refund.payment
            )
        });
    }
    for operation in &facts.payment.operations {
        verdict.look(!operation.is_open, || {
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
    verdict
}
