//! What the sandbox must be told. `config/default.toml` explains every key.

use std::net::SocketAddr;
use std::path::PathBuf;

use chassis::process;
use secrecy::SecretString;
use serde::Deserialize;

/// The configuration of `sandbox`.
pub type Config = process::Config<Own>;

/// The sections that `sandbox` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The port of the API and the controls.
    pub http: HttpConfig,
    /// Where things are remembered.
    pub state: StateConfig,
    /// The provider itself.
    pub provider: ProviderConfig,
    /// Where events are sent.
    pub webhooks: WebhookConfig,
}

/// Where the API listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
    /// How browsers reach the page of the challenge; empty: the address that is listened on.
    pub public_url: String,
}

/// Where things are remembered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateConfig {
    /// A file; empty: in memory, for as long as the process lives.
    pub path: PathBuf,
}

/// What the provider knows from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The key that callers must show.
    pub secret_key: SecretString,
    /// How many intents, refunds, idempotency keys, events and waiting webhooks are remembered, each.
    pub remember: u64,
    /// Seconds after which a hold runs out.
    pub authorization_lifetime_s: u32,
    /// Milliseconds after which a refund that fails or settles later does so.
    pub refund_delay_ms: u32,
}

/// Where events are sent, and how patiently.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// The endpoint; empty: events are sent nowhere.
    pub url: String,
    /// What signs them: one secret, or several separated by commas.
    pub secret: SecretString,
    /// Milliseconds that an answer may take.
    pub timeout_ms: u64,
    /// Milliseconds before the second try; each later one waits twice as long.
    pub first_delay_ms: u32,
    /// The longest of these waits.
    pub max_delay_ms: u32,
    /// Tries before an event is given up.
    pub attempts: u32,
}
