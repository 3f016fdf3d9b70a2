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

    /// API calls, by status of the response; `cut` means that a fault cut the connection
    SANDBOX_CALLS: Counter<(Operation, Status)> = "sandbox_calls_total";
    /// Webhook deliveries, by outcome
    SANDBOX_WEBHOOKS: Counter<Sent> = "sandbox_webhooks_total";
}
