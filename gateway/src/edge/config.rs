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
    /// Connections that the kernel accepts while the gateway is busy.
    #[garde(range(min = 1, max = 65_535))]
    pub listen_backlog: u32,
    /// Open connections in all.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_connections: usize,
    /// Open connections of one client address; for IPv6 of its /64.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_connections_per_address: usize,
    /// Seconds that a connection without a request is kept.
    #[garde(range(min = 1, max = 3_600))]
    pub keep_alive_s: u64,
    /// Milliseconds for the head of each request, from its first byte.
    #[garde(range(min = 1, max = 600_000))]
    pub head_timeout_ms: u64,
    /// Milliseconds for the body of a request.
    #[garde(range(min = 1, max = 600_000))]
    pub body_timeout_ms: u64,
    /// Milliseconds for each part of a response.
    #[garde(range(min = 1, max = 600_000))]
    pub write_timeout_ms: u64,
    /// Bytes of the head of a request at most.
    #[garde(range(min = 1_024, max = 65_536))]
    pub max_head_bytes: usize,
    /// Bytes of a request body at most.
    #[garde(range(min = 1, max = 67_108_864))]
    pub max_body_bytes: usize,
    /// Bytes of all request bodies that are being read.
    #[garde(range(min = 1_048_576, max = 1_073_741_824))]
    pub max_body_memory_bytes: usize,
    /// Networks of proxies whose `forwarded_header` is trusted, comma-separated.
    pub trusted_proxies: String,
    /// The header in which these proxies write the addresses of clients.
    pub forwarded_header: ForwardedHeader,
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

/// A header that lists the addresses through which a request came. A proxy appends to the one that it knows and passes
/// the other on as the client sent it, so only one of them can be trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: addresses, some with a port.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// The header's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
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
