//! What `payment` must be told. `config/default.toml` explains every key.

use chassis::{admin, auth, grpc, process, shutdown, telemetry};
use messaging::BrokerConfig;
use persistence::DatabaseConfig;
use secrecy::SecretString;
use serde::Deserialize;

/// The embedded defaults.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// The configuration of `payment`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gRPC port.
    pub grpc: grpc::ServerConfig,
    /// The admin port.
    pub admin: admin::Config,
    /// The database.
    pub database: DatabaseConfig,
    /// The broker.
    pub broker: BrokerConfig,
    /// The services that `payment` calls.
    pub upstreams: Upstreams,
    /// What access tokens must say.
    pub auth: auth::Config,
    /// The payment provider.
    pub provider: ProviderConfig,
    /// How the provider is asked.
    pub worker: WorkerConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// Deadlines of the shutdown.
    pub shutdown: shutdown::Config,
}

/// The services that `payment` calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    pub user: grpc::UpstreamConfig,
}

/// Where the provider is and how long it may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// `https://api.stripe.com`, or the sandbox.
    pub url: String,
    /// The secret key: `sk_live_..`, `sk_test_..`.
    pub secret_key: SecretString,
    /// Milliseconds a call may take; after that its outcome is unknown.
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take.
    pub connect_timeout_ms: u64,
}

/// How the provider is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Calls to the provider at the same time, per process.
    pub concurrency: usize,
    /// Milliseconds between two looks for what is due; a commit of this process wakes the worker.
    pub poll_ms: u64,
    /// Milliseconds that an operation belongs to a worker; longer than a call may take.
    pub lease_ms: u64,
    /// Milliseconds before the second try; each later one waits twice as long.
    pub first_delay_ms: u64,
    /// The longest of these waits.
    pub max_delay_ms: u64,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Days after which a finished operation is deleted; at least 1.
    pub operations_days: u32,
    /// Seconds between two deletions of what is kept no longer.
    pub sweep_every_s: u32,
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

impl Config {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first key with a value that cannot work.
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
            (
                "retention.operations_days",
                self.retention.operations_days > 0,
            ),
            ("retention.sweep_every_s", self.retention.sweep_every_s > 0),
        ];
        for (key, good) in positive {
            anyhow::ensure!(good, "{key} is 0, it needs at least 1");
        }
        Ok(())
    }
}
