//! What follows from a lookup at the provider. A lookup is not an answer to an operation: what was known
//! before, and what an operation under way will settle, changes nothing.

use super::ledger::Kind;
use super::settle::{EXPIRED, authorized, declined, expired, refunded, releasing};
use super::{Answer, Decision, Payment, Refund, RefundStatus, Status};

/// The code of an intent that was canceled at the provider, not by us.
const CANCELED: &str = "authorization_canceled";

/// What became of a payment intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// 3-D Secure is required.
    ActionRequired { redirect_url: String },
    /// The amount is held.
    Held,
    /// It was refused.
    Declined { code: String },
    /// It was ended without money; whether because it expired.
    Canceled { expired: bool },
    /// The amount was taken.
    Taken,
    /// It is not decided yet.
    Undecided,
}

/// What became of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RefundSeen {
    /// The money is on its way, or there.
    Good,
    /// It came back; the provider's code.
    Failed { code: String },
}

/// Applies what was seen of the intent `reference`.
pub(crate) fn observe(mut payment: Payment, reference: &str, seen: Seen) -> Decision {
    let Some(terms) = payment.terms.clone() else {
        return Decision::nothing();
    };
    let reference = reference.to_owned();
    let known = payment.reference.as_deref();
    if known.is_some_and(|known| known != reference) {
        return Decision::nothing();
    }
    match (payment.status, seen) {
        // The answer to the authorization was lost or is on its way; this is the same.
        (Status::Authorizing, seen) => match seen {
            Seen::Held => authorized(payment, &terms, Answer::Done { reference }),
            Seen::ActionRequired { redirect_url } => {
                let answer = Answer::ActionRequired {
                    reference,
                    redirect_url,
                };
                authorized(payment, &terms, answer)
            }
            Seen::Declined { code } => declined(payment, code, Some(reference)),
            Seen::Canceled { expired } => {
                declined(payment, canceled(expired).to_owned(), Some(reference))
            }
            Seen::Taken | Seen::Undecided => Decision::nothing(),
        },
        // The void that is under way ends it.
        (_, _) if payment.void_requested => Decision::nothing(),
        (Status::ActionRequired, seen) => match seen {
            Seen::Held => authorized(payment, &terms, Answer::Done { reference }),
            Seen::Declined { code } => declined(payment, code, Some(reference)),
            Seen::Canceled { expired } => {
                declined(payment, canceled(expired).to_owned(), Some(reference))
            }
            Seen::ActionRequired { redirect_url } => {
                if payment.redirect_url.as_deref() == Some(&redirect_url) {
                    return Decision::nothing();
                }
                let reply = payment.reply_action_required(&redirect_url);
                payment.redirect_url = Some(redirect_url);
                Decision::changed(payment).and_reply(reply)
            }
            Seen::Taken | Seen::Undecided => Decision::nothing(),
        },
        // A capture that is under way fails by it, and replies to its command.
        (Status::Authorized, Seen::Canceled { .. }) if !payment.capture_requested => {
            expired(payment, &terms)
        }
        // The intent was confirmed again after the decline: the hold is not wanted.
        (Status::Declined, Seen::Held | Seen::ActionRequired { .. }) => {
            payment.void_requested = true;
            payment.reference = Some(reference);
            releasing(payment, &terms)
        }
        _ => Decision::nothing(),
    }
}

/// Applies what was seen of a refund.
pub(crate) fn observe_refund(
    mut payment: Payment,
    mut refund: Refund,
    reference: &str,
    seen: RefundSeen,
) -> Decision {
    match (&refund.status, seen) {
        (RefundStatus::Requested, seen) => {
            let answer = match seen {
                RefundSeen::Good => Answer::Done {
                    reference: reference.to_owned(),
                },
                RefundSeen::Failed { code } => Answer::Refused {
                    code,
                    reference: Some(reference.to_owned()),
                },
            };
            refunded(payment, refund, answer).unwrap_or_default()
        }
        (RefundStatus::Succeeded, RefundSeen::Failed { code })
            if refund.reference.as_deref() == Some(reference) =>
        {
            payment.refunded = payment.refunded.saturating_sub(refund.amount.minor_units());
            let reply = payment.reply_refund_failed(&refund, &code);
            refund.status = RefundStatus::Failed(code);
            let (kind, amount) = (Kind::RefundReversal(refund.id), refund.amount);
            Decision::changed(payment)
                .and_reply(reply)
                .and_refund(refund)
                .and_book(kind, amount)
        }
        _ => Decision::nothing(),
    }
}

fn canceled(expired: bool) -> &'static str {
    if expired { EXPIRED } else { CANCELED }
}
