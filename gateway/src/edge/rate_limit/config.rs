use secrecy::SecretString;
use serde::Deserialize;

/// The `[rate_limit]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// False lets everything through.
    pub enabled: bool,
    /// `redis://host:port/database`
    pub redis_url: SecretString,
    /// Leads every key.
    pub key_prefix: String,
    /// Milliseconds to wait for Redis.
    pub timeout_ms: u64,
    /// Product pages; counted in this process only.
    pub page: Rates,
    /// Everything else.
    pub api: Rates,
    /// Registering, signing in, refreshing.
    pub identity: Rates,
    /// Webhooks of the payment provider.
    pub webhook: Rates,
}

/// The limits of a class.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// For a client's address; for IPv6 its /64.
    pub per_ip: Rate,
    /// For an account; to sign in, for the account whose e-mail address is given.
    pub per_user: Rate,
}

/// How often something may happen.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The steady rate; at least 1.
    pub per_minute: u32,
    /// How many may come at once; at least 1.
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
