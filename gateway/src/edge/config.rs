//! The sections `[http]` and `[budget]`.

use std::{net::SocketAddr, time::Duration};

use garde::Validate;
use serde::Deserialize;

use crate::edge::route::Class;

/// The public port.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that serve requests; 0 means one per core.
    #[garde(range(min = 0, max = 1_024))]
    pub workers: usize,
    /// Open connections per worker.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_connections: usize,
    /// Seconds that an idle connection is kept.
    #[garde(range(min = 0, max = 3_600))]
    pub keep_alive_s: u64,
    /// Milliseconds for the head of a request.
    #[garde(range(min = 1, max = 600_000))]
    pub head_timeout_ms: u64,
    /// Milliseconds for the body of a request.
    #[garde(range(min = 1, max = 600_000))]
    pub body_timeout_ms: u64,
    /// Bytes of a request body at most.
    #[garde(range(min = 1, max = 67_108_864))]
    pub max_body_bytes: usize,
    /// Networks of proxies whose `X-Forwarded-For` is trusted, comma-separated.
    pub trusted_proxies: String,
    /// Origins that CORS allows, comma-separated; empty turns CORS off.
    pub allowed_origins: String,
    /// Seconds for `Strict-Transport-Security`; 0 omits the header.
    #[garde(range(min = 0, max = 315_360_000))]
    pub hsts_max_age_s: u64,
}

impl HttpConfig {
    /// `body_timeout_ms` as a duration.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }
}

/// The parts of a comma-separated list.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// The `[budget]` section: time limit of one request, including all its calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BudgetConfig {
    /// Milliseconds for most requests.
    #[garde(range(min = 1, max = 600_000))]
    pub default_ms: u64,
    /// Milliseconds for reading the catalog.
    #[garde(range(min = 1, max = 600_000))]
    pub read_ms: u64,
}

impl BudgetConfig {
    /// The time budget of a class.
    pub fn of(&self, class: Class) -> Duration {
        Duration::from_millis(match class {
            Class::Page | Class::Search => self.read_ms,
            Class::Api | Class::Identity | Class::Webhook => self.default_ms,
        })
    }
}
