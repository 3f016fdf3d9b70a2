//! Calls of the API, and webhooks.

use crate::faults;

instruments::labels! {
    pub(crate) struct Operation as "operation" of faults::Operation {
        faults::Operation::Create => "create",
        faults::Operation::Confirm => "confirm",
        faults::Operation::Capture => "capture",
        faults::Operation::Cancel => "cancel",
        faults::Operation::Refund => "refund",
        faults::Operation::Read => "read",
    }
    pub(crate) struct Status as "status" up to 40;
    pub(crate) enum Sent as "outcome" {
        Taken = "taken",
        Refused = "refused",
        Unreachable = "unreachable",
    }
}

instruments::metrics! {
    /// What the sandbox exports.
    pub static METRICS includes [&chassis::metrics::PROCESS];

    /// Calls of the API, by the status of the answer; `cut` is an answer that was lost on purpose
    SANDBOX_CALLS: Counter<(Operation, Status)> = "sandbox_calls_total";
    /// Webhooks sent, by what became of them
    SANDBOX_WEBHOOKS: Counter<Sent> = "sandbox_webhooks_total";
}
