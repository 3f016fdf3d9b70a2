use std::path::PathBuf;

use chassis::config::rules::url_or_empty;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

/// The `[rate_limit]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// False disables all limits.
    pub enabled: bool,
    /// `redis://host:port/database`. With `rediss://`, the connection is encrypted and the server's certificate is
    /// verified.
    #[garde(custom(url_or_empty(&["redis", "rediss"])))]
    pub redis_url: SecretString,
    /// The PEM file of the CA of Redis' certificate. Empty: the CAs that the system trusts.
    pub redis_ca_path: PathBuf,
    /// Prefix of every key.
    pub key_prefix: String,
    /// Milliseconds to wait for Redis at most.
    #[garde(range(min = 1, max = 60_000))]
    pub timeout_ms: u64,
    /// Product pages; counted in this process only.
    #[garde(dive)]
    pub page: Rates,
    /// Everything else.
    #[garde(dive)]
    pub api: Rates,
    /// Registering, signing in, refreshing.
    #[garde(dive)]
    pub identity: Rates,
    /// Webhooks of the payment provider.
    #[garde(dive)]
    pub webhook: Rates,
    /// New carts of guests, per client address.
    #[garde(dive)]
    pub new_cart: Rate,
    /// Discount codes that do not apply.
    #[garde(dive)]
    pub wrong_code: Rates,
}

/// The limits of a class.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Rates {
    /// Per client address; for IPv6 per /64.
    #[garde(dive)]
    pub per_ip: Rate,
    /// Per account.
    #[garde(dive)]
    pub per_user: Rate,
}

/// A steady rate with a burst.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Rate {
    /// Requests per minute; at least 1.
    #[garde(range(min = 1, max = 60_000_000))]
    pub per_minute: u32,
    /// Requests at the same moment; at least 1.
    #[garde(range(min = 1, max = 60_000_000))]
    pub burst: u32,
}

impl Rate {
    /// Microseconds between two requests at the steady rate.
    pub(super) fn interval_us(self) -> u64 {
        (60_000_000 / u64::from(self.per_minute.max(1))).max(1)
    }

    /// Microseconds that a client may be ahead of the steady rate.
    pub(super) fn tolerance_us(self) -> u64 {
        self.interval_us()
            .saturating_mul(u64::from(self.burst.max(1)))
    }
}
