//! What stands between a caller and an upstream: breaker, limit, retry budget, addresses.

use super::{CALLERS, room};
use crate::Label;

/// Who is called by gRPC: `user`, `catalog`, `order` or `payment`.
pub(super) const UPSTREAM: Label = Label::up_to("upstream", 8);
const WHY: Label = Label::one_of("reason", &["circuit_open", "overloaded", "no_time"]);

room! {
    /// 1 while the circuit breaker is open and calls are refused at once, else 0
    UPSTREAM_CIRCUIT_OPEN: Gauge<1> = new("upstream_circuit_open", [UPSTREAM], CALLERS);
    /// Tries that were not made: the breaker was open, too many were on their way, or the caller had no time left
    UPSTREAM_CALLS_REFUSED: Counter<2> =
        new("upstream_calls_refused_total", [UPSTREAM, WHY], CALLERS);
    /// Calls on their way now
    UPSTREAM_CALLS_IN_PROGRESS: Gauge<1> =
        new("upstream_calls_in_progress", [UPSTREAM], CALLERS);
    /// Calls that may be on their way at the same time; one more is refused
    UPSTREAM_CALLS_LIMIT: Gauge<1> = new("upstream_calls_limit", [UPSTREAM], CALLERS);
    /// Tries after the first one
    UPSTREAM_RETRIES: Counter<1> = new("upstream_retries_total", [UPSTREAM], CALLERS);
    /// Retries that were worth it but for which the budget had nothing left
    UPSTREAM_RETRIES_DENIED: Counter<1> = new("upstream_retries_denied_total", [UPSTREAM], CALLERS);
    /// What is left of the retry budget, 0 to 1
    UPSTREAM_RETRY_BUDGET: Gauge<1> = new("upstream_retry_budget_ratio", [UPSTREAM], CALLERS);
    /// Addresses that the upstream's name stood for when it was last resolved
    UPSTREAM_ADDRESSES: Gauge<1> = new("upstream_addresses", [UPSTREAM], CALLERS);
}
