//! What `catalog` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use chassis::config::rules::url_or_empty;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

/// The configuration of `catalog`.
pub type Config = service::Config<Own>;

/// The sections that `catalog` alone has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The services that `catalog` calls.
    #[garde(dive)]
    pub upstreams: Upstreams,
    /// The copies of products.
    #[garde(dive)]
    pub cache: CacheConfig,
    /// Holds on stock.
    #[garde(dive)]
    pub reservations: ReservationsConfig,
}

/// The services that `catalog` calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    #[garde(dive)]
    pub user: upstream::Config,
}

/// How products are copied, and how old a copy can be.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CacheConfig {
    /// Milliseconds: the bound over all layers together.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_age_ms: u64,
    /// Bytes of the layer inside the process.
    #[garde(range(min = 0, max = 1_099_511_627_776))]
    pub local_bytes: u64,
    /// Empty: no Redis.
    #[garde(custom(url_or_empty(&["redis", "rediss"])))]
    pub redis_url: SecretString,
    /// What keys begin with.
    pub key_prefix: String,
    /// Milliseconds that Redis may take.
    #[garde(range(min = 1, max = 60_000))]
    pub redis_timeout_ms: u64,
    /// Milliseconds for which Redis is left alone after a failure.
    #[garde(range(min = 0, max = 3_600_000))]
    pub redis_pause_ms: u64,
}

/// How holds on stock end by themselves.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReservationsConfig {
    /// Milliseconds between two looks.
    #[garde(range(min = 1, max = 3_600_000))]
    pub expiry_interval_ms: u64,
    /// Holds per transaction.
    #[garde(range(min = 1, max = 10_000))]
    pub expiry_batch: u32,
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
