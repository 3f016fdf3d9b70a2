//! Metrics of breaker, concurrency limit, retry budget and endpoints.

instruments::labels! {
    pub(crate) struct UpstreamName as "upstream" up to 8;
    pub(crate) enum Refused as "reason" {
        CircuitOpen = "circuit_open",
        Overloaded = "overloaded",
        NoTime = "no_time",
    }
}

instruments::metrics! {
    /// Metrics of a process that calls upstreams.
    pub static METRICS includes [&chassis::metrics::RPC_CLIENT];

    /// 1 while the circuit breaker is open and calls are rejected at once, else 0
    UPSTREAM_CIRCUIT_OPEN: Gauge<UpstreamName> = "upstream_circuit_open";
    /// Attempts that were not made: the breaker was open, the concurrency limit was reached, or the deadline had passed
    UPSTREAM_CALLS_REFUSED: Counter<(UpstreamName, Refused)> = "upstream_calls_refused_total";
    /// Calls in flight
    UPSTREAM_CALLS_IN_PROGRESS: Gauge<UpstreamName> = "upstream_calls_in_progress";
    /// Most calls in flight; more are rejected
    UPSTREAM_CALLS_LIMIT: Gauge<UpstreamName> = "upstream_calls_limit";
    /// Attempts after the first
    UPSTREAM_RETRIES: Counter<UpstreamName> = "upstream_retries_total";
    /// Retries that were not made because the retry budget was used up
    UPSTREAM_RETRIES_DENIED: Counter<UpstreamName> = "upstream_retries_denied_total";
    /// Remaining share of the retry budget, 0 to 1
    UPSTREAM_RETRY_BUDGET: Gauge<UpstreamName> = "upstream_retry_budget_ratio";
    /// Endpoints found by the last successful lookup of the host name
    UPSTREAM_ENDPOINTS: Gauge<UpstreamName> = "upstream_endpoints";
}
