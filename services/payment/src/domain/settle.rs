//! Decides the provider's answers.

use super::ledger::Kind;
use super::{Answer, Decision, Error, Payment, Refund, RefundStatus, Status, Task, Terms};

/// The code of an authorization that expired.
pub(super) const EXPIRED: &str = "authorization_expired";

/// Applies the provider's answer to `task`. `refund` is the refund of a refund task.
pub(crate) fn settle(
    payment: Payment,
    refund: Option<Refund>,
    task: Task,
    answer: Answer,
) -> Result<Decision, Error> {
    let not_requested = Error::NotRequested(payment.id, payment.status, task);
    let Some(terms) = payment.terms.clone() else {
        return Err(not_requested);
    };
    match (task, payment.status) {
        (Task::Authorize, Status::Authorizing) => Ok(authorized(payment, &terms, answer)),
        (Task::Capture, Status::Authorized) if payment.capture_requested => {
            captured(payment, &terms, answer).ok_or(not_requested)
        }
        (Task::Void, Status::Authorized | Status::ActionRequired) if payment.void_requested => {
            voided(payment, &terms, answer).ok_or(not_requested)
        }
        // The authorization that was made after the decline has ended.
        (Task::Void, Status::Declined) => match answer {
            Answer::Done { .. } | Answer::AuthorizationEnded { .. } => Ok(Decision::nothing()),
            _ => Err(not_requested),
        },
        (Task::Refund(_), Status::Captured) => match refund {
            Some(refund) if refund.status == RefundStatus::Requested => {
                refunded(payment, refund, answer).ok_or(not_requested)
            }
            _ => Err(not_requested),
        },
        _ => Err(not_requested),
    }
}

/// Applies the outcome of the authorization, whether at once or after a challenge.
pub(super) fn authorized(mut payment: Payment, terms: &Terms, answer: Answer) -> Decision {
    match answer {
        Answer::Done { reference } => {
            payment.status = Status::Authorized;
            payment.reference = Some(reference);
            payment.redirect_url = None;
            let decision = if payment.void_requested {
                // The sender waits only for the reply to the void.
                voiding_authorization(payment, terms)
            } else {
                let reply = payment.reply_authorized(terms.amount);
                Decision::changed(payment).and_reply(reply)
            };
            decision.and_book(Kind::Authorize, terms.amount)
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
                return voiding_authorization(payment, terms);
            }
            Decision::changed(payment).and_reply(reply)
        }
        Answer::Refused {
            code,
            reference,
            card_fingerprint,
        } => {
            payment.card_fingerprint = card_fingerprint;
            declined(payment, code, reference)
        }
        Answer::Rejected {
            code, reference, ..
        } => {
            payment.request_rejected = true;
            declined(payment, code, reference)
        }
        Answer::AuthorizationEnded { code } => declined(payment, code, None),
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
    Decision::changed(payment).and_reply(reply)
}

/// The authorization expired or was canceled at the provider.
pub(super) fn expired(mut payment: Payment, terms: &Terms) -> Decision {
    payment.status = Status::Expired;
    let reply = payment.reply_expired();
    Decision::changed(payment)
        .and_reply(reply)
        .and_book(Kind::Expire, terms.amount)
}

/// `None` if a capture cannot have this answer.
fn captured(mut payment: Payment, terms: &Terms, answer: Answer) -> Option<Decision> {
    payment.capture_requested = false;
    Some(match answer {
        Answer::Done { .. } => {
            payment.status = Status::Captured;
            let reply = payment.reply_captured(terms.amount);
            Decision::changed(payment)
                .and_reply(reply)
                .and_book(Kind::Capture, terms.amount)
        }
        // The authorization remains; the sender may capture again, or void.
        Answer::Refused { code, .. } | Answer::Rejected { code, .. } => {
            let reply = payment.reply_capture_failed(payment.shipment, &code);
            payment.capture_code = Some(code);
            Decision::changed(payment).and_reply(reply)
        }
        // The reply to the command, then the event.
        Answer::AuthorizationEnded { code } => {
            let failed = payment.reply_capture_failed(payment.shipment, &code);
            payment.capture_code = Some(code);
            let mut decision = expired(payment, terms);
            decision.replies.insert(0, failed);
            decision
        }
        Answer::ActionRequired { .. } => return None,
    })
}

/// `None` if a void cannot have this answer: an authorization that the provider does not cancel still holds
/// money.
fn voided(mut payment: Payment, terms: &Terms, answer: Answer) -> Option<Decision> {
    let kind = match answer {
        Answer::AuthorizationEnded { code }
            if code == EXPIRED && payment.status == Status::Authorized =>
        {
            payment.status = Status::Expired;
            Some(Kind::Expire)
        }
        Answer::Done { .. } | Answer::AuthorizationEnded { .. } => {
            // A challenge has no booking to reverse.
            let is_booked = payment.status == Status::Authorized;
            payment.status = Status::Voided;
            is_booked.then_some(Kind::Void)
        }
        Answer::Refused { .. } | Answer::Rejected { .. } | Answer::ActionRequired { .. } => {
            return None;
        }
    };
    payment.redirect_url = None;
    let reply = payment.reply_voided();
    let decision = Decision::changed(payment).and_reply(reply);
    Some(match kind {
        Some(kind) => decision.and_book(kind, terms.amount),
        None => decision,
    })
}

/// `None` if a refund cannot have this answer.
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
            let (kind, amount) = (Kind::Refund(refund.id), refund.amount);
            let decision = Decision::changed(payment).and_reply(reply);
            Some(decision.and_refund(refund).and_book(kind, amount))
        }
        Answer::Refused {
            code, reference, ..
        }
        | Answer::Rejected {
            code, reference, ..
        } => {
            let reply = payment.reply_refund_failed(&refund, &code);
            refund.status = RefundStatus::Failed(code);
            refund.reference = reference;
            Some(Decision::reply(reply).and_refund(refund))
        }
        Answer::AuthorizationEnded { .. } | Answer::ActionRequired { .. } => None,
    }
}

/// The payment changes, and its authorization is voided at the provider.
pub(super) fn voiding_authorization(payment: Payment, terms: &Terms) -> Decision {
    Decision::changed(payment).and_call(Task::Void, terms.amount)
}
