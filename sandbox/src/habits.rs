//! What the provider does by itself, as it is configured.

use chrono::TimeDelta;

/// How the provider behaves when it is not told to misbehave.
#[derive(Debug, Clone)]
pub(crate) struct Habits {
    /// How browsers reach us; no slash at the end.
    pub(crate) public_url: String,
    /// How long a hold lasts.
    pub(crate) authorization_lifetime: TimeDelta,
    /// After what time a refund that fails or settles later does so.
    pub(crate) refund_delay: TimeDelta,
    /// Whether events are sent to someone.
    pub(crate) sends_events: bool,
}
