//! Decides the results of lookups. A result that is already recorded changes nothing, nor does one that an
//! operation in flight will settle.

use super::ledger::Kind;
use super::settle::{EXPIRED, authorized, declined, expired, refunded, voiding_authorization};
use super::{Answer, Decision, Payment, Refund, RefundStatus, Status};

/// The code of an intent that someone else canceled at the provider.
const CANCELED: &str = "authorization_canceled";

/// The state of a payment intent at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ObservedIntent {
    /// 3-D Secure is required.
    ActionRequired { redirect_url: String },
    /// The amount is authorized.
    Authorized,
    /// It was declined.
    Declined {
        code: String,
        /// As in [`Answer::Refused`].
        card_fingerprint: Option<String>,
    },
    /// It was canceled; `expired` if because the authorization expired.
    Canceled { expired: bool },
    /// The amount was captured.
    Captured,
    /// It has no outcome yet.
    Undecided,
}

/// The state of a refund at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ObservedRefund {
    /// It succeeded or is in progress.
    Accepted,
    /// It failed, or the bank returned it; the provider's code.
    Failed { code: String },
}

/// Applies the state of the intent `reference`.
pub(crate) fn observe(mut payment: Payment, reference: &str, observed: ObservedIntent) -> Decision {
    let Some(terms) = payment.terms.clone() else {
        return Decision::nothing();
    };
    let reference = reference.to_owned();
    let own = payment.reference.as_deref();
    if own.is_some_and(|own| own != reference) {
        return Decision::nothing();
    }
    match (payment.status, observed) {
        // The answer to the authorization was lost or is in flight. This is the same outcome. A capture that we do not
        // know of, from before a restore of the database or from the dashboard, does not change that it was authorized.
        (Status::Authorizing, observed) => match observed {
            ObservedIntent::Authorized | ObservedIntent::Captured => {
                authorized(payment, &terms, Answer::Done { reference })
            }
            ObservedIntent::ActionRequired { redirect_url } => {
                let answer = Answer::ActionRequired {
                    reference,
                    redirect_url,
                };
                authorized(payment, &terms, answer)
            }
            ObservedIntent::Declined {
                code,
                card_fingerprint,
            } => {
                payment.card_fingerprint = card_fingerprint;
                declined(payment, code, Some(reference))
            }
            ObservedIntent::Canceled { expired } => {
                declined(payment, canceled(expired).to_owned(), Some(reference))
            }
            ObservedIntent::Undecided => Decision::nothing(),
        },
        // The void in flight ends the payment.
        (_, _) if payment.void_requested => Decision::nothing(),
        (Status::ActionRequired, observed) => match observed {
            ObservedIntent::Authorized | ObservedIntent::Captured => {
                authorized(payment, &terms, Answer::Done { reference })
            }
            ObservedIntent::Declined {
                code,
                card_fingerprint,
            } => {
                payment.card_fingerprint = card_fingerprint;
                declined(payment, code, Some(reference))
            }
            ObservedIntent::Canceled { expired } => {
                declined(payment, canceled(expired).to_owned(), Some(reference))
            }
            ObservedIntent::ActionRequired { redirect_url } => {
                if payment.redirect_url.as_deref() == Some(&redirect_url) {
                    return Decision::nothing();
                }
                let reply = payment.reply_action_required(&redirect_url);
                payment.redirect_url = Some(redirect_url);
                Decision::changed(payment).and_reply(reply)
            }
            ObservedIntent::Undecided => Decision::nothing(),
        },
        // If a capture is in flight, it fails for the same reason and replies to its command.
        (Status::Authorized, ObservedIntent::Canceled { .. }) if !payment.capture_requested => {
            expired(payment, &terms)
        }
        // The intent was confirmed again after the decline: the authorization is void.
        (Status::Declined, ObservedIntent::Authorized | ObservedIntent::ActionRequired { .. }) => {
            payment.void_requested = true;
            payment.reference = Some(reference);
            voiding_authorization(payment, &terms)
        }
        _ => Decision::nothing(),
    }
}

/// Applies the state of a refund.
pub(crate) fn observe_refund(
    mut payment: Payment,
    mut refund: Refund,
    reference: &str,
    observed: ObservedRefund,
) -> Decision {
    match (&refund.status, observed) {
        (RefundStatus::Requested, observed) => {
            let answer = match observed {
                ObservedRefund::Accepted => Answer::Done {
                    reference: reference.to_owned(),
                },
                ObservedRefund::Failed { code } => Answer::Refused {
                    code,
                    reference: Some(reference.to_owned()),
                    card_fingerprint: None,
                },
            };
            refunded(payment, refund, answer).unwrap_or_default()
        }
        (RefundStatus::Succeeded, ObservedRefund::Failed { code })
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
