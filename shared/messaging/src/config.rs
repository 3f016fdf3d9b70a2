//! What a process must say about its broker.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// The `[broker]` section of a configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// `amqp://user:password@host:port/vhost` (`/%2f` is the default vhost).
    pub url: SecretString,
    /// Milliseconds to wait for a connection, a channel or a declaration.
    #[serde(default = "connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Milliseconds within which a batch must be published and confirmed.
    #[serde(default = "publish_timeout_ms")]
    pub publish_timeout_ms: u64,
    /// Seconds between heartbeats; a peer that misses two is gone.
    #[serde(default = "heartbeat_s")]
    pub heartbeat_s: u16,
    /// Longest pause between two tries to reconnect, in milliseconds.
    #[serde(default = "reconnect_max_ms")]
    pub reconnect_max_ms: u64,
}

impl BrokerConfig {
    /// The defaults for the broker at `url`.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            connect_timeout_ms: connect_timeout_ms(),
            publish_timeout_ms: publish_timeout_ms(),
            heartbeat_s: heartbeat_s(),
            reconnect_max_ms: reconnect_max_ms(),
        }
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn publish_timeout(&self) -> Duration {
        Duration::from_millis(self.publish_timeout_ms)
    }

    pub(crate) fn reconnect_max(&self) -> Duration {
        Duration::from_millis(self.reconnect_max_ms)
    }
}

fn connect_timeout_ms() -> u64 {
    5_000
}

fn publish_timeout_ms() -> u64 {
    10_000
}

fn heartbeat_s() -> u16 {
    10
}

fn reconnect_max_ms() -> u64 {
    5_000
}
