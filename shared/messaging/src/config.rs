use std::path::PathBuf;
use std::time::Duration;

use garde::Validate;
use lapin::uri::AMQPUri;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The `[broker]` section of a configuration.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BrokerConfig {
    /// `amqp://user:password@host:port/vhost` (`/%2f` is the default vhost). With `amqps://`, the connection is encrypted
    /// and the server's certificate is verified.
    #[garde(custom(amqp_url))]
    pub url: SecretString,
    /// The PEM file of the CA of the server's certificate. Empty: the CAs that the system trusts.
    pub ca_path: PathBuf,
    /// Milliseconds to wait for a connection or for the response to one request.
    #[garde(range(min = 1, max = 600_000))]
    pub connect_timeout_ms: u64,
    /// Milliseconds within which a batch must be published and confirmed.
    #[garde(range(min = 1, max = 600_000))]
    pub publish_timeout_ms: u64,
    /// Seconds between heartbeats; a peer that misses two is disconnected.
    #[garde(range(min = 1, max = 600))]
    pub heartbeat_s: u16,
    /// Longest pause between two attempts to reconnect, in milliseconds.
    #[garde(range(min = 1, max = 600_000))]
    pub reconnect_max_ms: u64,
}

impl BrokerConfig {
    /// The defaults for the broker at `url`.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            ca_path: PathBuf::new(),
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

/// The message leaves the URL out: it holds a password.
fn amqp_url(url: &SecretString, (): &()) -> garde::Result {
    match url.expose_secret() {
        "" => Err(garde::Error::new("is required and not set")),
        url if url.parse::<AMQPUri>().is_ok() => Ok(()),
        _ => Err(garde::Error::new(
            "must be a URL like amqp://user:password@host:port/vhost",
        )),
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
