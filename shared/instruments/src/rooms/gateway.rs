//! The gateway's rate limits.

use super::{GATEWAY, room};
use crate::Label;

const CLASS: Label = Label::one_of("class", &["page", "api", "identity", "webhook"]);
const DECISION: Label = Label::one_of("outcome", &["allowed", "limited"]);

room! {
    /// Requests that the rate limit has judged, by class of route
    RATE_LIMIT_DECISIONS: Counter<2> =
        new("rate_limit_decisions_total", [CLASS, DECISION], GATEWAY);
    /// Requests refused with 429, by class of route
    RATE_LIMITED_REQUESTS: Counter<1> = new("rate_limited_requests_total", [CLASS], GATEWAY);
    /// Decisions taken by this process alone because Redis did not answer
    RATE_LIMIT_FALLBACKS: Counter<0> = new("rate_limit_fallbacks_total", [], GATEWAY);
}
