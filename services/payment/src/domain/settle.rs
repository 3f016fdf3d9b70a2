//! What follows from an answer of the provider.

use super::{Answer, Ask, Decision, Error, Payment, Refund, RefundStatus, Status, Task, Terms};

/// Applies the provider's answer to `task`. `refund` is the one that a refund task is about.
pub(crate) fn settle(
    payment: Payment,
    refund: Option<Refund>,
    task: Task,
    answer: Answer,
) -> Result<Decision, Error> {
    let unasked = Error::Unasked(payment.id, payment.status, task);
    let Some(terms) = payment.terms.clone() else {
        return Err(unasked);
    };
    match (task, payment.status) {
        (Task::Authorize, Status::Authorizing) => Ok(authorized(payment, &terms, answer)),
        (Task::Capture, Status::Authorized) if payment.capture_requested => {
            Ok(captured(payment, &terms, answer))
        }
        (Task::Void, Status::Authorized) if payment.void_requested => {
            voided(payment, &terms, answer).ok_or(unasked)
        }
        (Task::Refund(_), Status::Captured) => match refund {
            Some(refund) if refund.status == RefundStatus::Requested => {
                Ok(refunded(payment, refund, answer))
            }
            _ => Err(unasked),
        },
        _ => Err(unasked),
    }
}

fn authorized(mut payment: Payment, terms: &Terms, answer: Answer) -> Decision {
    match answer {
        Answer::Done { reference } => {
            payment.status = Status::Authorized;
            payment.reference = Some(reference);
            let book = Some(booking(Task::Authorize, terms));
            if payment.void_requested {
                // The sender waits for the end of the void only.
                return Decision {
                    payment: Some(payment),
                    book,
                    ask: Some(booking(Task::Void, terms)),
                    ..Decision::default()
                };
            }
            let reply = payment.says_authorized(terms.amount);
            Decision {
                payment: Some(payment),
                book,
                reply: Some(reply),
                ..Decision::default()
            }
        }
        Answer::Refused { code, reference } => declined(payment, code, reference),
        Answer::HoldGone { code } => declined(payment, code, None),
    }
}

fn declined(mut payment: Payment, code: String, reference: Option<String>) -> Decision {
    let reply = if payment.void_requested {
        payment.says_voided()
    } else {
        payment.says_declined(&code)
    };
    payment.status = Status::Declined;
    payment.decline_code = Some(code);
    payment.reference = reference;
    Decision {
        payment: Some(payment),
        reply: Some(reply),
        ..Decision::default()
    }
}

fn captured(mut payment: Payment, terms: &Terms, answer: Answer) -> Decision {
    payment.capture_requested = false;
    match answer {
        Answer::Done { .. } => {
            payment.status = Status::Captured;
            let reply = payment.says_captured(terms.amount);
            Decision {
                payment: Some(payment),
                book: Some(booking(Task::Capture, terms)),
                reply: Some(reply),
                ..Decision::default()
            }
        }
        // The hold stays; the sender may try again or void.
        Answer::Refused { code, .. } => {
            let reply = payment.says_capture_failed(payment.shipment, &code);
            payment.capture_code = Some(code);
            Decision {
                payment: Some(payment),
                reply: Some(reply),
                ..Decision::default()
            }
        }
        Answer::HoldGone { code } => {
            let reply = payment.says_capture_failed(payment.shipment, &code);
            payment.status = Status::Voided;
            payment.capture_code = Some(code);
            Decision {
                payment: Some(payment),
                book: Some(booking(Task::Void, terms)),
                reply: Some(reply),
                ..Decision::default()
            }
        }
    }
}

/// None: a hold that the provider does not let go is still a hold.
fn voided(mut payment: Payment, terms: &Terms, answer: Answer) -> Option<Decision> {
    match answer {
        Answer::Done { .. } | Answer::HoldGone { .. } => {
            payment.status = Status::Voided;
            let reply = payment.says_voided();
            Some(Decision {
                payment: Some(payment),
                book: Some(booking(Task::Void, terms)),
                reply: Some(reply),
                ..Decision::default()
            })
        }
        Answer::Refused { .. } => None,
    }
}

fn refunded(mut payment: Payment, mut refund: Refund, answer: Answer) -> Decision {
    match answer {
        Answer::Done { reference } => {
            refund.status = RefundStatus::Succeeded(reference);
            payment.refunded = payment.refunded.saturating_add(refund.amount.minor_units());
            let reply = payment.says_refunded(&refund);
            Decision {
                book: Some(Ask {
                    task: Task::Refund(refund.id),
                    amount: refund.amount,
                }),
                payment: Some(payment),
                refund: Some(refund),
                reply: Some(reply),
                ..Decision::default()
            }
        }
        Answer::Refused { code, .. } | Answer::HoldGone { code } => {
            let reply = payment.says_refund_failed(&refund, &code);
            refund.status = RefundStatus::Failed(code);
            Decision {
                refund: Some(refund),
                reply: Some(reply),
                ..Decision::default()
            }
        }
    }
}

fn booking(task: Task, terms: &Terms) -> Ask {
    Ask {
        task,
        amount: terms.amount,
    }
}
