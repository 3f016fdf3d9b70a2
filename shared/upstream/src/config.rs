use chassis::config::rules::is_url;
use garde::Validate;
use serde::Deserialize;

use crate::tls::{ClientTls, if_set};

/// The configuration of an upstream. The defaults suit calls within one cluster.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// `http://catalog:50052`, or `https://` together with `tls`.
    #[garde(custom(is_url(&["http", "https"])))]
    pub url: String,
    /// Longest time of a call in milliseconds, all attempts included; less if the caller's deadline is
    /// earlier.
    #[garde(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// Longest time in milliseconds of a connection attempt, TLS included, and of the first lookup.
    #[garde(range(min = 1, max = 600_000))]
    pub connect_timeout_ms: u64,
    /// Milliseconds between two lookups of the host name, ±20 %. It is also looked up when a
    /// connection fails, but at most every 200 ms. No effect if the URL has an IP address.
    #[garde(range(min = 200, max = 3_600_000))]
    pub resolve_every_ms: u64,
    /// Most calls in flight; more are rejected at once, never queued.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_concurrent_calls: usize,
    /// Most attempts of an idempotent call, the first included.
    #[garde(range(min = 1, max = 10))]
    pub max_attempts: u32,
    /// Percentage of failures among the calls of the last 10 s that opens the circuit breaker.
    #[garde(range(min = 1, max = 100))]
    pub breaker_failure_percent: u32,
    /// With fewer calls in 10 s it never opens.
    #[garde(range(min = 1, max = 1_000_000))]
    pub breaker_min_calls: u32,
    /// Milliseconds until an open breaker admits one call as a probe.
    #[garde(range(min = 1, max = 600_000))]
    pub breaker_open_ms: u64,
    /// If set, connections use TLS, with a client certificate for mTLS.
    #[serde(deserialize_with = "if_set")]
    pub tls: Option<ClientTls>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: String::new(),
            timeout_ms: 3_000,
            connect_timeout_ms: 1_000,
            resolve_every_ms: 5_000,
            max_concurrent_calls: 256,
            max_attempts: 3,
            breaker_failure_percent: 50,
            breaker_min_calls: 20,
            breaker_open_ms: 2_000,
            tls: None,
        }
    }
}
