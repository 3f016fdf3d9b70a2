use serde::Deserialize;

use crate::tls::ClientTls;

/// How a process calls another one. The defaults suit calls inside one cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `http://catalog:50052`, or `https://` together with `tls`.
    pub url: String,
    /// Milliseconds a call may take at most; less if the caller has less left.
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take, TLS included, and the first lookup of the host name.
    pub connect_timeout_ms: u64,
    /// Milliseconds between two lookups of the host name, more or less: after that a new endpoint gets
    /// its share, and one that is gone gets nothing. After a connection failed it is looked up at once.
    /// Never more often than every 200; means nothing when the URL has an address in place of a name.
    pub resolve_every_ms: u64,
    /// Calls at the same time; one more is refused at once instead of queueing.
    pub max_concurrent_calls: usize,
    /// How often a call that may be repeated is tried at most, the first try included.
    pub max_attempts: u32,
    /// Failures in percent of the calls of the last ten seconds that open the circuit breaker.
    pub breaker_failure_percent: u32,
    /// Fewer calls than this in ten seconds never open it.
    pub breaker_min_calls: u32,
    /// Milliseconds it stays open before one call may try again.
    pub breaker_open_ms: u64,
    /// Present: TLS, with a client certificate for mTLS.
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
