//! The admin port: `/livez`, `/readyz`, `/metrics`. Must not be reachable from the internet.

use std::net::SocketAddr;

use garde::Validate;
use serde::Deserialize;

use crate::shutdown::Shutdown;
use crate::telemetry;

mod connections;
mod readiness;
mod routes;

pub use readiness::{Readiness, Report};

/// Where the admin port listens.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Address and port. Port 0 means any free port.
    pub listen: SocketAddr,
    /// Milliseconds that a readiness check may take.
    #[garde(range(min = 1, max = 60_000))]
    pub check_timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            check_timeout_ms: 1_000,
        }
    }
}

/// All metrics of this process as OpenMetrics text, read now: what `/metrics` serves. Must be called inside the main
/// runtime.
#[must_use]
pub fn metrics_text() -> String {
    telemetry::read_process();
    instruments::render()
}

/// Starts the admin port and returns its address.
///
/// # Errors
/// The address cannot be bound.
pub async fn serve(
    config: &Config,
    readiness: Readiness,
    shutdown: &Shutdown,
) -> anyhow::Result<SocketAddr> {
    routes::serve(config, readiness, shutdown).await
}
