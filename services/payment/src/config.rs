//! What `payment` must be told. `config/default.toml` explains every key.

use chassis::grpc::{ServerConfig, UpstreamConfig};
use chassis::process::Settings;
use chassis::{admin, auth, shutdown, telemetry};
use messaging::BrokerConfig;
use persistence::DatabaseConfig;
use serde::Deserialize;

use crate::{provider, worker};

/// The embedded defaults.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gRPC port.
    pub grpc: ServerConfig,
    /// The admin port.
    pub admin: admin::Config,
    /// The service's own database.
    pub database: DatabaseConfig,
    /// RabbitMQ.
    pub broker: BrokerConfig,
    /// Other services.
    pub upstreams: Upstreams,
    /// Access tokens.
    pub auth: auth::Config,
    /// The payment provider.
    pub provider: provider::Config,
    /// How the provider is asked.
    pub worker: worker::Config,
    /// Deadlines of the shutdown.
    pub shutdown: shutdown::Config,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
}

/// The services that this one calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    pub user: UpstreamConfig,
}

impl Config {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first value that cannot work.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let (lease, timeout) = (self.worker.lease_ms, self.provider.timeout_ms);
        anyhow::ensure!(
            lease > timeout,
            "worker.lease_ms is {lease}, it must be greater than provider.timeout_ms ({timeout}): \
             two workers would ask for the same operation"
        );
        let positive = [
            ("worker.concurrency", self.worker.concurrency > 0),
            ("worker.poll_ms", self.worker.poll_ms > 0),
            ("provider.timeout_ms", timeout > 0),
        ];
        for (key, good) in positive {
            anyhow::ensure!(good, "{key} is 0, it needs at least 1");
        }
        Ok(())
    }
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
