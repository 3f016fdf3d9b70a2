//! The configuration. `config/default.toml` documents every key.

use std::net::SocketAddr;
use std::path::PathBuf;

use chassis::config::rules::{required, url_or_empty};
use chassis::process;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The configuration of `sandbox`.
pub type Config = process::Config<Own>;

/// The sections that only `sandbox` has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The API, the challenge page and the controls.
    #[garde(dive)]
    pub http: HttpConfig,
    /// The controls, which inject faults.
    #[garde(dive)]
    pub controls: ControlConfig,
    /// The stored state.
    pub state: StateConfig,
    /// The behavior of the provider.
    #[garde(dive)]
    pub provider: ProviderConfig,
    /// Delivery of events.
    #[garde(dive)]
    pub webhooks: WebhookConfig,
}

/// The server of the API, the challenge page and the controls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct HttpConfig {
    /// Address and port; port 0 means any free port.
    pub listen: SocketAddr,
    /// Worker threads.
    #[garde(range(min = 1, max = 1_024))]
    pub workers: usize,
    /// URL at which browsers reach the challenge page; empty means the address of `listen`.
    #[garde(custom(url_or_empty(&["http", "https"])))]
    pub public_url: String,
}

/// The controls, which inject faults and read the state.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ControlConfig {
    /// The key that callers of the controls send; empty means that there are no controls.
    #[garde(custom(long_or_empty))]
    pub key: SecretString,
}

/// Fewest characters of a control key: 128 random bits as hexadecimal digits have 32.
const MIN_KEY_LENGTH: usize = 32;

fn long_or_empty(key: &SecretString, _: &()) -> garde::Result {
    match key.expose_secret().len() {
        0 | MIN_KEY_LENGTH.. => Ok(()),
        _ => Err(garde::Error::new(format!(
            "must have at least {MIN_KEY_LENGTH} characters; `openssl rand -hex 16` prints such a key"
        ))),
    }
}

/// The stored state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateConfig {
    /// A file; empty means in memory.
    pub path: PathBuf,
}

/// The behavior of the provider.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ProviderConfig {
    /// The API key of callers.
    #[garde(custom(required))]
    pub secret_key: SecretString,
    /// Most objects of each kind: intents, refunds, idempotency keys, events, timers and pending
    /// deliveries. The oldest are removed first.
    #[garde(range(min = 1, max = 100_000_000))]
    pub remember: u64,
    /// Seconds after which an authorization expires.
    #[garde(range(min = 1, max = 31_536_000))]
    pub authorization_lifetime_s: u32,
    /// Milliseconds after which a refund reaches its final status, if that differs from the first.
    #[garde(range(min = 0, max = 86_400_000))]
    pub refund_delay_ms: u32,
}

/// Delivery of events.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct WebhookConfig {
    /// URL of the endpoint; empty means that events are not sent.
    #[garde(custom(url_or_empty(&["http", "https"])))]
    pub url: String,
    /// Signing secret, or several separated by commas.
    pub secret: SecretString,
    /// Timeout of a delivery in milliseconds.
    #[garde(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// Milliseconds before the first retry; the delay doubles with each retry.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_delay_ms: u32,
    /// Longest delay between two tries in milliseconds.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_delay_ms: u32,
    /// Tries before a delivery is given up; at least 1.
    #[garde(range(min = 1, max = 1_000_000))]
    pub attempts: u32,
}
