//! What stands between a caller and an upstream: breaker, limit, retry budget, addresses.

instruments::labels! {
    pub(crate) struct UpstreamName as "upstream" up to 8;
    pub(crate) enum Refused as "reason" {
        CircuitOpen = "circuit_open",
        Overloaded = "overloaded",
        NoTime = "no_time",
    }
}

instruments::metrics! {
    /// What a process exports that calls upstreams.
    pub static METRICS includes [&chassis::metrics::RPC_CLIENT];

    /// 1 while the circuit breaker is open and calls are refused at once, else 0
    UPSTREAM_CIRCUIT_OPEN: Gauge<UpstreamName> = "upstream_circuit_open";
    /// Tries that were not made: the breaker was open, too many were on their way, or the caller had no time left
    UPSTREAM_CALLS_REFUSED: Counter<(UpstreamName, Refused)> = "upstream_calls_refused_total";
    /// Calls on their way now
    UPSTREAM_CALLS_IN_PROGRESS: Gauge<UpstreamName> = "upstream_calls_in_progress";
    /// Calls that may be on their way at the same time; one more is refused
    UPSTREAM_CALLS_LIMIT: Gauge<UpstreamName> = "upstream_calls_limit";
    /// Tries after the first one
    UPSTREAM_RETRIES: Counter<UpstreamName> = "upstream_retries_total";
    /// Retries that were worth it but for which the budget had nothing left
    UPSTREAM_RETRIES_DENIED: Counter<UpstreamName> = "upstream_retries_denied_total";
    /// What is left of the retry budget, 0 to 1
    UPSTREAM_RETRY_BUDGET: Gauge<UpstreamName> = "upstream_retry_budget_ratio";
    /// Addresses that the upstream's name stood for when it was last resolved
    UPSTREAM_ADDRESSES: Gauge<UpstreamName> = "upstream_addresses";
}
