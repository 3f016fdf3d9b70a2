//! Payments, the provider, and what does not agree with it.

use instruments::buckets;

use crate::domain::{DifferenceKind, Reply, Task};

instruments::labels! {
    pub(crate) struct Outcome as "outcome" one of [
        "authorized",
        "action_required",
        "expired",
        "declined",
        "voided",
        "captured",
        "capture_failed",
        "refunded",
        "refund_failed",
    ];
    /// Ours, and the provider's that say something about a shop. There are dozens more.
    pub(crate) struct Code as "code" up to 40;
    pub(crate) struct Moved as "outcome" one of ["authorized", "captured", "refunded"];
    pub(crate) struct Currency as "currency" up to 24;
    pub(crate) struct Call as "operation" one of [
        "authorize",
        "capture",
        "void",
        "refund",
        "cancel",
        "find",
        "look",
        "read",
    ];
    pub(crate) struct CallOutcome as "outcome" one of [
        "done",
        "action_required",
        "refused",
        "found",
        "nothing",
        "timeout",
        "connection",
        "unwell",
        "later",
        "denied",
        "unexpected",
        "overtaken",
    ];
    pub(crate) struct Operation as "operation" of Task {
        Task::Authorize => "authorize",
        Task::Capture => "capture",
        Task::Void => "void",
        Task::Refund(_) => "refund",
    }
    pub(crate) struct Resolved as "resolved" one of ["adopted", "new_key", "same_key"];
    pub(crate) struct Webhook as "outcome" one of [
        "scheduled",
        "duplicate",
        "unknown",
        "stray",
        "strange",
        "other",
        "malformed",
        "time",
        "signature",
        "payload",
        "failed",
    ];
    pub(crate) struct Difference as "kind" of DifferenceKind {
        DifferenceKind::MissingAtProvider => "missing_at_provider",
        DifferenceKind::UnknownToUs => "unknown_to_us",
        DifferenceKind::Status => "status",
        DifferenceKind::Amount => "amount",
        DifferenceKind::Captured => "captured",
        DifferenceKind::Refunded => "refunded",
        DifferenceKind::Ledger => "ledger",
    }
}

instruments::metrics! {
    /// What `payment` exports.
    pub static METRICS includes [&service::METRICS, &upstream::METRICS];

    /// Replies about payments, and the code of a refusal
    PAYMENTS: Counter<(Outcome, Code)> = "payments_total";
    /// Money authorized, captured and refunded, in minor units of the currency
    PAYMENTS_MINOR_UNITS: Counter<(Moved, Currency)> = "payments_minor_units_total";
    /// Calls to the provider, by what they ask and how they end
    PAYMENT_PROVIDER_CALLS: Counter<(Call, CallOutcome)> = "payment_provider_calls_total";
    /// Time from a call to the provider to its answer, or to the end of waiting for it
    PAYMENT_PROVIDER_CALL: Histogram<(Call, CallOutcome)> =
        "payment_provider_call_seconds", buckets::REQUEST;
    /// Time from a command to the end of its operation at the provider
    PAYMENT_OPERATION: Histogram<Operation> = "payment_operation_seconds", buckets::LONG;
    /// Operations that wait for the provider; each replica sees the whole, so take the max
    PAYMENT_OPERATIONS_PENDING: Gauge = "payment_operations_pending";
    /// Age of the oldest of them, 0 if there is none; take the max
    PAYMENT_OPERATIONS_OLDEST: Gauge = "payment_operations_oldest_seconds";
    /// Lost answers that were looked for: found and adopted, or asked again with a new or the same key
    PAYMENT_UNKNOWN_OUTCOMES: Counter<(Operation, Resolved)> = "payment_unknown_outcomes_total";
    /// Intents at the provider that are to be looked at now; take the max
    PAYMENT_LOOKUPS_DUE: Gauge = "payment_lookups_due";
    /// Webhooks, by what became of them
    PAYMENT_WEBHOOKS: Counter<Webhook> = "payment_webhooks_total";
    /// Second intents of a payment that were found at the provider, each one an error of somebody
    PAYMENT_STRAY_INTENTS: Counter = "payment_stray_intents_total";
    /// What the last reconciliation found that does not agree with the provider, by kind; take the max
    PAYMENT_RECONCILIATION_DIFFERENCES: Gauge<Difference> = "payment_reconciliation_differences";
    /// Age of the last reconciliation that compared everything; take the min
    PAYMENT_RECONCILIATION_AGE: Gauge = "payment_reconciliation_age_seconds";
}

/// Counts replies that are sent for the first time.
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
    PAYMENTS.of((outcome, &code)).inc();
    if let Some(amount) = amount
        && let Ok(minor_units) = u64::try_from(amount.minor_units())
    {
        let series = PAYMENTS_MINOR_UNITS.of((outcome, amount.currency().code()));
        series.add(minor_units);
    }
}
