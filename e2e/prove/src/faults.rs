//! The kinds of faults, and the record of each that was injected.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

/// Everything that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum FaultKind {
    /// `kill -9` of any process, the sandbox included.
    Kill,
    /// SIGSTOP of any process for some seconds, then SIGCONT.
    Freeze,
    /// `kill -9` of PostgreSQL with all its backends, which then recovers from its log.
    CrashPostgres,
    /// `kill -9` of RabbitMQ, which then starts again.
    RestartBroker,
    /// RabbitMQ closes every connection.
    CutBroker,
    /// Redis forgets everything.
    FlushRedis,
    /// Redis ends and stays away for some seconds.
    LoseRedis,
    /// A link gets slow: latency and jitter, or little bandwidth.
    SlowNetwork,
    /// A link is cut, refuses, or swallows everything for some seconds.
    CutNetwork,
    /// The provider acts, then cuts the connection.
    LostAnswers,
    /// The provider answers 429 or 5xx.
    ProviderErrors,
    /// The provider takes seconds.
    ProviderSlow,
    /// Webhooks twice, late, in another order, or never.
    Webhooks,
    /// Copies of messages, published again seconds later.
    Duplicates,
    /// A process whose clock for tokens is wrong.
    ClockSkew,
    /// Authorizations run out at the provider.
    Expire,
}

/// One fault as it was done.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRecord {
    /// Which of them all, from 1.
    pub number: usize,
    /// What was done.
    pub kind: FaultKind,
    /// To what: `order-2`, `payment-1 to sandbox`.
    pub target: String,
    /// Since customers began to shop.
    pub began: Duration,
    /// Until it was undone; `None` while it lasts.
    pub lasted: Option<Duration>,
}
