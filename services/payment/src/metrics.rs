use instruments::buckets;

use crate::domain::{DifferenceKind, Reply, Task};

instruments::labels! {
    pub(crate) enum Outcome as "outcome" {
        Authorized = "authorized",
        ActionRequired = "action_required",
        Expired = "expired",
        Declined = "declined",
        Rejected = "rejected",
        Voided = "voided",
        Captured = "captured",
        CaptureFailed = "capture_failed",
        Refunded = "refunded",
        RefundFailed = "refund_failed",
    }
    /// Our own codes and the provider's. The provider has dozens; the rest share one label.
    pub(crate) struct Code as "code" up to 40;
    pub(crate) enum Moved as "outcome" {
        Authorized = "authorized",
        Captured = "captured",
        Refunded = "refunded",
    }
    pub(crate) struct Currency as "currency" up to 24;
    pub(crate) enum Call as "operation" {
        Authorize = "authorize",
        Capture = "capture",
        Void = "void",
        Refund = "refund",
        Cancel = "cancel",
        Search = "search",
        Lookup = "lookup",
        Read = "read",
    }
    pub(crate) enum CallOutcome as "outcome" {
        Done = "done",
        ActionRequired = "action_required",
        Refused = "refused",
        Found = "found",
        NotFound = "not_found",
        Timeout = "timeout",
        Connection = "connection",
        ServerError = "server_error",
        RetryLater = "retry_later",
        Denied = "denied",
        Unexpected = "unexpected",
        LeaseLost = "lease_lost",
    }
    pub(crate) struct Operation as "operation" of Task {
        Task::Authorize => "authorize",
        Task::Capture => "capture",
        Task::Void => "void",
        Task::Refund(_) => "refund",
    }
    pub(crate) enum Resolved as "resolved" {
        Adopted = "adopted",
        NewKey = "new_key",
        SameKey = "same_key",
    }
    pub(crate) enum Webhook as "outcome" {
        Scheduled = "scheduled",
        Duplicate = "duplicate",
        Unknown = "unknown",
        Orphan = "orphan",
        Foreign = "foreign",
        Other = "other",
        Malformed = "malformed",
        Time = "time",
        Signature = "signature",
        NotUnderstood = "not_understood",
        Failed = "failed",
    }
    pub(crate) struct Difference as "kind" of DifferenceKind {
        DifferenceKind::MissingAtProvider => "missing_at_provider",
        DifferenceKind::UnknownToUs => "unknown_to_us",
        DifferenceKind::MissingAtShop => "missing_at_shop",
        DifferenceKind::Status => "status",
        DifferenceKind::Amount => "amount",
        DifferenceKind::Captured => "captured",
        DifferenceKind::Refunded => "refunded",
        DifferenceKind::Ledger => "ledger",
    }
}

instruments::metrics! {
    /// All metrics of `payment`.
    pub static METRICS includes [&service::METRICS, &upstream::METRICS];

    /// Replies to commands, sent for the first time; `code` if the command was refused
    PAYMENTS: Counter<(Outcome, Code)> = "payments_total";
    /// Money authorized, captured and refunded, in minor units of the currency
    PAYMENTS_MINOR_UNITS: Counter<(Moved, Currency)> = "payments_minor_units_total";
    /// Calls to the provider
    PAYMENT_PROVIDER_CALLS: Counter<(Call, CallOutcome)> = "payment_provider_calls_total";
    /// Duration of a call to the provider, until its answer or its failure
    PAYMENT_PROVIDER_CALL: Histogram<(Call, CallOutcome)> =
        "payment_provider_call_seconds", buckets::REQUEST;
    /// Time from a command to the end of its operation
    PAYMENT_OPERATION: Histogram<Operation> = "payment_operation_seconds", buckets::LONG;
    /// Operations that are not finished; each replica reports the total, so take the max
    PAYMENT_OPERATIONS_PENDING: Gauge = "payment_operations_pending";
    /// Age of the oldest operation that is not finished, 0 if there is none; take the max
    PAYMENT_OPERATIONS_OLDEST: Gauge = "payment_operations_oldest_seconds";
    /// Searches for a lost answer: it was adopted, or the call is repeated with a new or the same key
    PAYMENT_UNKNOWN_OUTCOMES: Counter<(Operation, Resolved)> = "payment_unknown_outcomes_total";
    /// Requests that the provider rejected as invalid, and amounts that it cannot charge: the shop's mistakes
    PAYMENT_INCIDENTS: Counter<(Operation, Code)> = "payment_incidents_total";
    /// Lookups that are due; take the max
    PAYMENT_LOOKUPS_DUE: Gauge = "payment_lookups_due";
    /// Webhooks, by how they were handled
    PAYMENT_WEBHOOKS: Counter<Webhook> = "payment_webhooks_total";
    /// Orphan intents that hold or captured money, or are open; each one is an error
    PAYMENT_ORPHAN_INTENTS: Counter = "payment_orphan_intents_total";
    /// Differences that the last completed reconciliation found; take the max
    PAYMENT_RECONCILIATION_DIFFERENCES: Gauge<Difference> = "payment_reconciliation_differences";
    /// Time since the last completed reconciliation ended; take the min
    PAYMENT_RECONCILIATION_AGE: Gauge = "payment_reconciliation_age_seconds";
}

/// Counts replies that are sent for the first time.
pub(crate) fn count(replies: &[Reply]) {
    for reply in replies {
        one(reply);
    }
}

fn one(reply: &Reply) {
    let (outcome, code, moved) = match reply {
        Reply::Authorized(reply) => {
            let moved = (Moved::Authorized, reply.amount);
            (Outcome::Authorized, "", Some(moved))
        }
        Reply::ActionRequired(_) => (Outcome::ActionRequired, "", None),
        Reply::Expired(_) => (Outcome::Expired, "", None),
        Reply::Declined(reply) => {
            let outcome = if reply.request_rejected {
                Outcome::Rejected
            } else {
                Outcome::Declined
            };
            (outcome, reply.code.as_str(), None)
        }
        Reply::Voided(_) => (Outcome::Voided, "", None),
        Reply::Captured(reply) => {
            let moved = (Moved::Captured, reply.amount);
            (Outcome::Captured, "", Some(moved))
        }
        Reply::CaptureFailed(reply) => (Outcome::CaptureFailed, reply.code.as_str(), None),
        Reply::Refunded(reply) => {
            let moved = (Moved::Refunded, reply.amount);
            (Outcome::Refunded, "", Some(moved))
        }
        Reply::RefundFailed(reply) => (Outcome::RefundFailed, reply.code.as_str(), None),
    };
    PAYMENTS.of((outcome, code)).inc();
    if let Some((moved, amount)) = moved
        && let Ok(minor_units) = u64::try_from(amount.minor_units())
    {
        let series = PAYMENTS_MINOR_UNITS.of((moved, amount.currency().code()));
        series.add(minor_units);
    }
}
