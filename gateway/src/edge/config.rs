//! The sections `[http]` and `[budget]`.

use std::{net::SocketAddr, time::Duration};

use serde::Deserialize;

use crate::edge::route::Class;

/// The public port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that serve requests; 0 means one per core.
    pub workers: usize,
    /// Open connections per worker.
    pub max_connections: usize,
    /// Seconds that an idle connection is kept.
    pub keep_alive_s: u64,
    /// Milliseconds for the head of a request.
    pub head_timeout_ms: u64,
    /// Milliseconds for the body of a request.
    pub body_timeout_ms: u64,
    /// Bytes that a body may have.
    pub max_body_bytes: usize,
    /// Networks of proxies whose `X-Forwarded-For` is believed, comma-separated.
    pub trusted_proxies: String,
    /// Origins that CORS allows, comma-separated; empty turns it off.
    pub allowed_origins: String,
    /// Seconds for `Strict-Transport-Security`; 0 leaves it out.
    pub hsts_max_age_s: u64,
}

impl HttpConfig {
    /// Time for the body of a request.
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

/// The `[budget]` section: time that one request may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// Milliseconds for most requests.
    pub default_ms: u64,
    /// Milliseconds for reading the catalog.
    pub read_ms: u64,
}

impl BudgetConfig {
    /// The time for a class of requests.
    pub fn of(&self, class: Class) -> Duration {
        Duration::from_millis(match class {
            Class::Page | Class::Search => self.read_ms,
            Class::Api | Class::Identity | Class::Webhook => self.default_ms,
        })
    }
}
