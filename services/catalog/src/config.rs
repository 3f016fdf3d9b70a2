//! The configuration of `catalog`. `config/default.toml` explains every key.

use std::path::PathBuf;
use std::time::Duration;

use chassis::config::rules::url_or_empty;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

use crate::domain::Currencies;

/// The configuration of `catalog`.
pub type Config = service::Config<Own>;

/// The sections that only `catalog` has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The services that `catalog` calls.
    #[garde(dive)]
    pub upstreams: Upstreams,
    /// The prices of products.
    #[garde(dive)]
    pub prices: PricesConfig,
    /// The product cache.
    #[garde(dive)]
    pub cache: CacheConfig,
    /// The reads of the public.
    #[garde(dive)]
    pub reads: ReadsConfig,
    /// The expiry of reservations.
    #[garde(dive)]
    pub reservations: ReservationsConfig,
}

/// The services that `catalog` calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Upstreams {
    /// Publishes the public keys of access tokens.
    #[garde(dive)]
    pub user: upstream::Config,
}

/// The reads of the public.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReadsConfig {
    /// Connections that searches and reads of products may have at the same time.
    #[garde(range(min = 1, max = 1_000))]
    pub public_connections: usize,
}

/// The prices of products.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PricesConfig {
    /// The currencies that the shop sells in, separated by commas; the first one is the default.
    #[garde(custom(are_sold))]
    pub currencies: String,
}

fn are_sold(currencies: &str, (): &()) -> garde::Result {
    match currencies.parse::<Currencies>() {
        Ok(_) => Ok(()),
        Err(error) => Err(garde::Error::new(error.to_string())),
    }
}

/// The product cache.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CacheConfig {
    /// Milliseconds of the oldest product that the cache returns, over both layers.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_age_ms: u64,
    /// Bytes of the layer in memory.
    #[garde(range(min = 0, max = 1_099_511_627_776))]
    pub local_bytes: u64,
    /// Empty: no Redis. With `rediss://`, the connection is encrypted and the server's certificate is verified.
    #[garde(custom(url_or_empty(&["redis", "rediss"])))]
    pub redis_url: SecretString,
    /// The PEM file of the CA of Redis' certificate. Empty: the CAs that the system trusts.
    pub redis_ca_path: PathBuf,
    /// The prefix of all keys in Redis.
    pub key_prefix: String,
    /// Milliseconds for a connection attempt or an answer of Redis.
    #[garde(range(min = 1, max = 60_000))]
    pub redis_timeout_ms: u64,
    /// Milliseconds without queries to Redis after a failure.
    #[garde(range(min = 0, max = 3_600_000))]
    pub redis_pause_ms: u64,
}

/// The expiry of reservations.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReservationsConfig {
    /// Milliseconds between two runs of the expiry job.
    #[garde(range(min = 1, max = 3_600_000))]
    pub expiry_interval_ms: u64,
    /// Most reservations that one transaction expires.
    #[garde(range(min = 1, max = 10_000))]
    pub expiry_batch: u32,
}

impl PricesConfig {
    pub(crate) fn currencies(&self) -> anyhow::Result<Currencies> {
        Ok(self.currencies.parse()?)
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
