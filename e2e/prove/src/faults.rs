use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

/// Everything that the nemesis can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum FaultKind {
    /// `kill -9` of any process, the sandbox included; it is restarted.
    Kill,
    /// SIGSTOP of any process for some seconds, then SIGCONT.
    Pause,
    /// `kill -9` of PostgreSQL and all its backends; it recovers from its write-ahead log.
    CrashPostgres,
    /// `kill -9` of RabbitMQ; it is restarted.
    CrashRabbitmq,
    /// RabbitMQ closes every AMQP connection.
    CloseAmqpConnections,
    /// Redis deletes all keys.
    FlushRedis,
    /// Redis is killed and stays unreachable for some seconds.
    RedisOutage,
    /// A link has latency and jitter, or little bandwidth.
    SlowNetwork,
    /// A link closes its connections, refuses new ones, or delivers nothing for some seconds.
    Partition,
    /// The provider closes the connection without an answer, after or before acting.
    LostAnswers,
    /// The provider answers 429 or 5xx.
    ProviderErrors,
    /// The provider answers after seconds.
    ProviderSlow,
    /// Webhooks are duplicated, delayed, reordered or dropped.
    Webhooks,
    /// Messages are published a second time some seconds later.
    Duplicates,
    /// A process verifies tokens with a wrong clock.
    ClockSkew,
    /// An authorization expires at the provider.
    ExpireAuthorization,
}

/// One fault that was injected.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRecord {
    /// Its number in the schedule, from 1.
    pub number: usize,
    /// What was done.
    pub kind: FaultKind,
    /// To what: `order-2`, `payment-1 to sandbox: low bandwidth`.
    pub target: String,
    /// When it began, counted from the start of fault injection.
    pub began: Duration,
    /// How long it lasted; `None` while it lasts.
    pub lasted: Option<Duration>,
}
