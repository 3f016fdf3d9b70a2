//! What `catalog` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// The configuration of `catalog`.
pub type Config = service::Config<Own>;

/// The sections that `catalog` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The services that `catalog` calls.
    pub upstreams: Upstreams,
    /// The copies of products.
    pub cache: CacheConfig,
    /// Holds on stock.
    pub reservations: ReservationsConfig,
}

/// The services that `catalog` calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    pub user: upstream::Config,
}

/// How products are copied, and how old a copy can be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheConfig {
    /// Milliseconds: the bound over all layers together.
    pub max_age_ms: u64,
    /// Bytes of the layer inside the process.
    pub local_bytes: u64,
    /// Empty: no Redis.
    pub redis_url: SecretString,
    /// What keys begin with.
    pub key_prefix: String,
    /// Milliseconds that Redis may take.
    pub redis_timeout_ms: u64,
    /// Milliseconds for which Redis is left alone after a failure.
    pub redis_pause_ms: u64,
}

/// How holds on stock end by themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservationsConfig {
    /// Milliseconds between two looks.
    pub expiry_interval_ms: u64,
    /// Holds per transaction.
    pub expiry_batch: u32,
}

impl Own {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first key with a value that cannot work.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for (key, value) in [
            ("cache.max_age_ms", self.cache.max_age_ms),
            ("cache.redis_timeout_ms", self.cache.redis_timeout_ms),
            (
                "reservations.expiry_interval_ms",
                self.reservations.expiry_interval_ms,
            ),
            (
                "reservations.expiry_batch",
                self.reservations.expiry_batch.into(),
            ),
        ] {
            anyhow::ensure!(value > 0, "{key} is 0, it needs at least 1");
        }
        Ok(())
    }
}

impl CacheConfig {
    pub(crate) fn max_age(&self) -> Duration {
        Duration::from_millis(self.max_age_ms)
    }

    pub(crate) fn redis_timeout(&self) -> Duration {
        Duration::from_millis(self.redis_timeout_ms)
    }

    pub(crate) fn redis_pause(&self) -> Duration {
        Duration::from_millis(self.redis_pause_ms)
    }
}

impl ReservationsConfig {
    pub(crate) fn expiry_interval(&self) -> Duration {
        Duration::from_millis(self.expiry_interval_ms)
    }
}
