use chrono::TimeDelta;

/// The configured behavior of the provider, without faults.
#[derive(Debug, Clone)]
pub(crate) struct Behavior {
    /// URL at which browsers reach the sandbox, without a slash at the end.
    pub(crate) public_url: String,
    /// Time after which an authorization expires.
    pub(crate) authorization_lifetime: TimeDelta,
    /// Time after which a refund reaches its final status, if that differs from the first.
    pub(crate) refund_delay: TimeDelta,
    /// Whether a webhook endpoint is configured.
    pub(crate) sends_events: bool,
}
