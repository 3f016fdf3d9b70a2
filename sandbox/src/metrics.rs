//! Calls of the API, and webhooks.

instruments::labels! {
    pub(crate) struct Operation as "operation" one of [
        "create",
        "confirm",
        "capture",
        "cancel",
        "refund",
        "read",
    ];
    pub(crate) struct Status as "status" up to 40;
    pub(crate) struct Sent as "outcome" one of ["taken", "refused", "unreachable"];
}

instruments::metrics! {
    /// What the sandbox exports.
    pub static METRICS includes [&chassis::metrics::PROCESS];

    /// Calls of the API, by the status of the answer; `cut` is an answer that was lost on purpose
    SANDBOX_CALLS: Counter<(Operation, Status)> = "sandbox_calls_total";
    /// Webhooks sent, by what became of them
    SANDBOX_WEBHOOKS: Counter<Sent> = "sandbox_webhooks_total";
}
