//! What follows from an answer of the provider.

use super::ledger::{Booking, Kind};
use super::{
    Answer, Ask, Decision, Error, Payment, Refund, RefundStatus, Reply, Status, Task, Terms,
};

/// The code of a hold that ran out.
pub(super) const EXPIRED: &str = "authorization_expired";

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
            captured(payment, &terms, answer).ok_or(unasked)
        }
        (Task::Void, Status::Authorized | Status::ActionRequired) if payment.void_requested => {
            voided(payment, &terms, answer).ok_or(unasked)
        }
        // A hold that came to be after the decline, and that nobody wanted: now it is gone.
        (Task::Void, Status::Declined) => match answer {
            Answer::Done { .. } | Answer::HoldGone { .. } => Ok(Decision::nothing()),
            _ => Err(unasked),
        },
        (Task::Refund(_), Status::Captured) => match refund {
            Some(refund) if refund.status == RefundStatus::Requested => {
                refunded(payment, refund, answer).ok_or(unasked)
            }
            _ => Err(unasked),
        },
        _ => Err(unasked),
    }
}

/// The outcome of the authorization, at once or after a challenge.
pub(super) fn authorized(mut payment: Payment, terms: &Terms, answer: Answer) -> Decision {
    match answer {
        Answer::Done { reference } => {
            payment.status = Status::Authorized;
            payment.reference = Some(reference);
            payment.redirect_url = None;
            let book = Some(booking(Kind::Authorize, terms));
            if payment.void_requested {
                // The sender waits for the end of the void only.
                return Decision {
                    book,
                    ..letting_go(payment, terms)
                };
            }
            let reply = payment.reply_authorized(terms.amount);
            Decision {
                book,
                ..changed(payment, reply)
            }
        }
        Answer::ActionRequired {
            reference,
            redirect_url,
        } => {
            payment.status = Status::ActionRequired;
            payment.reference = Some(reference);
            let reply = payment.reply_action_required(&redirect_url);
            payment.redirect_url = Some(redirect_url);
            if payment.void_requested {
                return letting_go(payment, terms);
            }
            changed(payment, reply)
        }
        Answer::Refused { code, reference } => declined(payment, code, reference),
        Answer::HoldGone { code } => declined(payment, code, None),
    }
}

pub(super) fn declined(mut payment: Payment, code: String, reference: Option<String>) -> Decision {
    let reply = if payment.void_requested {
        payment.reply_voided()
    } else {
        payment.reply_declined(&code)
    };
    payment.status = Status::Declined;
    payment.decline_code = Some(code);
    payment.reference = reference.or(payment.reference);
    payment.redirect_url = None;
    changed(payment, reply)
}

/// The provider let the hold go by itself.
pub(super) fn expired(mut payment: Payment, terms: &Terms) -> Decision {
    payment.status = Status::Expired;
    let reply = payment.reply_expired();
    Decision {
        book: Some(booking(Kind::Expire, terms)),
        ..changed(payment, reply)
    }
}

/// None: an answer that a capture cannot have.
fn captured(mut payment: Payment, terms: &Terms, answer: Answer) -> Option<Decision> {
    payment.capture_requested = false;
    Some(match answer {
        Answer::Done { .. } => {
            payment.status = Status::Captured;
            let reply = payment.reply_captured(terms.amount);
            Decision {
                book: Some(booking(Kind::Capture, terms)),
                ..changed(payment, reply)
            }
        }
        // The hold stays; the sender may try again or void.
        Answer::Refused { code, .. } => {
            let reply = payment.reply_capture_failed(payment.shipment, &code);
            payment.capture_code = Some(code);
            changed(payment, reply)
        }
        // The answer to the command first, then the news.
        Answer::HoldGone { code } => {
            let failed = payment.reply_capture_failed(payment.shipment, &code);
            payment.capture_code = Some(code);
            let mut decision = expired(payment, terms);
            decision.replies.insert(0, failed);
            decision
        }
        Answer::ActionRequired { .. } => return None,
    })
}

/// None: a hold that the provider does not let go is still a hold.
fn voided(mut payment: Payment, terms: &Terms, answer: Answer) -> Option<Decision> {
    let kind = match answer {
        Answer::HoldGone { code } if code == EXPIRED && payment.status == Status::Authorized => {
            payment.status = Status::Expired;
            Some(Kind::Expire)
        }
        Answer::Done { .. } | Answer::HoldGone { .. } => {
            // Nothing was booked of a payment that waited for its customer.
            let held = payment.status == Status::Authorized;
            payment.status = Status::Voided;
            held.then_some(Kind::Void)
        }
        Answer::Refused { .. } | Answer::ActionRequired { .. } => return None,
    };
    payment.redirect_url = None;
    let reply = payment.reply_voided();
    Some(Decision {
        book: kind.map(|kind| booking(kind, terms)),
        ..changed(payment, reply)
    })
}

/// None: an answer that a refund cannot have.
pub(super) fn refunded(
    mut payment: Payment,
    mut refund: Refund,
    answer: Answer,
) -> Option<Decision> {
    match answer {
        Answer::Done { reference } => {
            refund.status = RefundStatus::Succeeded;
            refund.reference = Some(reference);
            payment.refunded = payment.refunded.saturating_add(refund.amount.minor_units());
            let reply = payment.reply_refunded(&refund);
            Some(Decision {
                book: Some(Booking {
                    kind: Kind::Refund(refund.id),
                    amount: refund.amount,
                }),
                refund: Some(refund),
                ..changed(payment, reply)
            })
        }
        Answer::Refused { code, reference } => {
            let reply = payment.reply_refund_failed(&refund, &code);
            refund.status = RefundStatus::Failed(code);
            refund.reference = reference;
            Some(Decision {
                refund: Some(refund),
                ..Decision::reply(reply)
            })
        }
        Answer::HoldGone { .. } | Answer::ActionRequired { .. } => None,
    }
}

/// Asks for the hold to be let go.
pub(super) fn letting_go(payment: Payment, terms: &Terms) -> Decision {
    Decision {
        payment: Some(payment),
        ask: Some(Ask {
            task: Task::Void,
            amount: terms.amount,
        }),
        ..Decision::default()
    }
}

fn changed(payment: Payment, reply: Reply) -> Decision {
    Decision {
        payment: Some(payment),
        ..Decision::reply(reply)
    }
}

fn booking(kind: Kind, terms: &Terms) -> Booking {
    Booking {
        kind,
        amount: terms.amount,
    }
}
