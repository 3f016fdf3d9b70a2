//! Payments, the provider, and what does not agree with it.

use super::{LONG, PAYMENT, WAITED_FOR, room};
use crate::{Label, OTHER};

const TOLD: Label = Label::one_of(
    "outcome",
    &[
        "authorized",
        "action_required",
        "expired",
        "declined",
        "voided",
        "captured",
        "capture_failed",
        "refunded",
        "refund_failed",
    ],
);
/// Ours, and the provider's that say something about a shop. There are dozens more.
const CODE: Label = Label::up_to("code", 40);
const MOVED: Label = Label::one_of("outcome", &["authorized", "captured", "refunded"]);
const CURRENCY: Label = Label::up_to("currency", 24);
const CALL: Label = Label::one_of(
    "operation",
    &[
        "authorize",
        "capture",
        "void",
        "refund",
        "cancel",
        "find",
        "look",
        "read",
    ],
);
const ANSWER: Label = Label::one_of(
    "outcome",
    &[
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
    ],
);
const TASK: Label = Label::one_of("operation", &["authorize", "capture", "void", "refund"]);
const RESOLVED: Label = Label::one_of("resolved", &["adopted", "new_key", "same_key"]);
const WEBHOOK: Label = Label::one_of(
    "outcome",
    &[
        "scheduled",
        "duplicate",
        "unknown",
        "stray",
        "strange",
        OTHER,
        "malformed",
        "time",
        "signature",
        "payload",
        "failed",
    ],
);
const DIFFERENCE: Label = Label::one_of(
    "kind",
    &[
        "missing_at_provider",
        "unknown_to_us",
        "status",
        "amount",
        "captured",
        "refunded",
        "ledger",
    ],
);

room! {
    /// What was told to `order` about payments, and the code of a no
    PAYMENTS: Counter<2> = new("payments_total", [TOLD, CODE], PAYMENT);
    /// Money authorized, captured and refunded, in minor units of the currency
    PAYMENTS_MINOR_UNITS: Counter<2> =
        new("payments_minor_units_total", [MOVED, CURRENCY], PAYMENT);
    /// Calls to the provider, by what they ask and how they end
    PAYMENT_PROVIDER_CALLS: Counter<2> =
        new("payment_provider_calls_total", [CALL, ANSWER], PAYMENT);
    /// Time from a call to the provider to its answer, or to the end of waiting for it
    PAYMENT_PROVIDER_CALL: Histogram<2> =
        new("payment_provider_call_seconds", [CALL, ANSWER], PAYMENT, WAITED_FOR);
    /// Time from a command to the end of its operation at the provider
    PAYMENT_OPERATION: Histogram<1> = new("payment_operation_seconds", [TASK], PAYMENT, LONG);
    /// Operations that wait for the provider; each replica sees the whole, so take the max
    PAYMENT_OPERATIONS_PENDING: Gauge<0> = new("payment_operations_pending", [], PAYMENT);
    /// Age of the oldest of them, 0 if there is none; take the max
    PAYMENT_OPERATIONS_OLDEST: Gauge<0> = new("payment_operations_oldest_seconds", [], PAYMENT);
    /// Lost answers that were looked for: found and adopted, or asked again with a new or the same key
    PAYMENT_UNKNOWN_OUTCOMES: Counter<2> =
        new("payment_unknown_outcomes_total", [TASK, RESOLVED], PAYMENT);
    /// Intents at the provider that are to be looked at now; take the max
    PAYMENT_LOOKUPS_DUE: Gauge<0> = new("payment_lookups_due", [], PAYMENT);
    /// Webhooks, by what became of them
    PAYMENT_WEBHOOKS: Counter<1> = new("payment_webhooks_total", [WEBHOOK], PAYMENT);
    /// Second intents of a payment that were found at the provider, each one an error of somebody
    PAYMENT_STRAY_INTENTS: Counter<0> = new("payment_stray_intents_total", [], PAYMENT);
    /// What the last reconciliation found that does not agree with the provider, by kind; take the max
    PAYMENT_RECONCILIATION_DIFFERENCES: Gauge<1> =
        new("payment_reconciliation_differences", [DIFFERENCE], PAYMENT);
    /// Age of the last reconciliation that compared everything; take the min
    PAYMENT_RECONCILIATION_AGE: Gauge<0> =
        new("payment_reconciliation_age_seconds", [], PAYMENT);
}
