//! Business metrics: what became of payments, and of how much money.

use instruments::payment::{PAYMENTS, PAYMENTS_MINOR_UNITS};

use crate::domain::Reply;

/// Counts what was told.
pub(crate) fn count(replies: &[Reply]) {
    for reply in replies {
        one(reply);
    }
}

fn one(reply: &Reply) {
    let (outcome, code, amount) = match reply {
        Reply::Authorized(reply) => ("authorized", None, Some(reply.amount)),
        Reply::ActionRequired(_) => ("action_required", None, None),
        Reply::Expired(_) => ("expired", None, None),
        Reply::Declined(reply) => ("declined", Some(reply.code.clone()), None),
        Reply::Voided(_) => ("voided", None, None),
        Reply::Captured(reply) => ("captured", None, Some(reply.amount)),
        Reply::CaptureFailed(reply) => ("capture_failed", Some(reply.code.clone()), None),
        Reply::Refunded(reply) => ("refunded", None, Some(reply.amount)),
        Reply::RefundFailed(reply) => ("refund_failed", Some(reply.code.clone()), None),
    };
    let code = code.unwrap_or_default();
    PAYMENTS.of([outcome, &code]).inc();
    if let Some(amount) = amount
        && let Ok(minor_units) = u64::try_from(amount.minor_units())
    {
        let series = PAYMENTS_MINOR_UNITS.of([outcome, amount.currency().code()]);
        series.add(minor_units);
    }
}
