//! What the sandbox must be told. `config/default.toml` explains every key.

use std::net::SocketAddr;

use chassis::{admin, process, shutdown, telemetry};
use secrecy::SecretString;
use serde::Deserialize;

/// The embedded defaults.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// The configuration of `sandbox`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The port of the API and the controls.
    pub http: HttpConfig,
    /// The admin port.
    pub admin: admin::Config,
    /// The provider itself.
    pub provider: ProviderConfig,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// Deadlines of the shutdown.
    pub shutdown: shutdown::Config,
}

/// Where the API listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
}

/// What the provider knows from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The key that callers must show.
    pub secret_key: SecretString,
    /// How many intents, refunds and idempotency keys are remembered, each.
    pub remember: usize,
}

impl process::Settings for Config {
    fn telemetry(&self) -> &telemetry::Config {
        &self.telemetry
    }

    fn admin(&self) -> &admin::Config {
        &self.admin
    }

    fn shutdown(&self) -> &shutdown::Config {
        &self.shutdown
    }
}
