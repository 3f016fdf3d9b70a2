//! The configuration of the process. See `config/default.toml`.

use std::net::SocketAddr;

use chassis::{admin, process::Settings, shutdown, telemetry};
use secrecy::SecretString;
use serde::Deserialize;

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The public side.
    pub http: Http,
    /// The provider itself.
    pub provider: Provider,
    /// The admin port.
    pub admin: admin::Config,
    /// Deadlines of the shutdown.
    pub shutdown: shutdown::Config,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
}

/// Where the API listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
}

/// What the provider knows from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The key that callers must show.
    pub secret_key: SecretString,
    /// How many intents, refunds and idempotency keys are remembered, each.
    pub remember: usize,
}

impl Settings for Config {
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
