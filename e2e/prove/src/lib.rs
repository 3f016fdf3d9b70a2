//! A fault-injection test of the complete shop: clients buy while a nemesis injects faults, then a
//! checker compares what clients were answered with the final state. See `README.md`.

use std::process::ExitCode;
use std::sync::Arc;

mod cluster;
mod drill;
mod faults;
mod nemesis;
mod plan;
mod quiescence;
mod restore;
mod rolling;
mod run;

pub mod clients;
pub mod history;
pub mod invariants;
pub mod latency;
pub mod progress;
pub mod report;

pub use faults::{FaultKind, FaultRecord};
pub use plan::{Options, Plan, Servers};

/// Where clients and the checker connect.
///
/// Only `shop` leads through a proxy of the cluster; everything else is reached directly.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `http://host:port` of the public API, through the balancing proxy of the clients.
    pub shop: String,
    /// The demo account of the staff: e-mail address and password.
    pub staff: (String, String),
    /// Superuser's URL of each database, directly to PostgreSQL: `databases["order"]`.
    pub databases: std::collections::BTreeMap<String, String>,
    /// RabbitMQ's management API with credentials: `http://user:password@host:port`.
    pub rabbitmq_api: String,
    /// The broker's virtual host that the shop uses: `/` in a run, a private one in a test.
    pub vhost: String,
    /// `http://host:port` of the sandbox provider: its API and its `/_sandbox` controls.
    pub provider: String,
    /// The provider's secret key.
    pub provider_key: String,
    /// The key of the provider's controls; empty where nobody calls them.
    pub control_key: String,
    /// The access token of the checks.
    pub staff_token: StaffToken,
}

/// An access token of staff, with the time of the sign-in. The checks share it, because each sign-in needs a new code of
/// the second factor, and there is one in 30 s.
#[derive(Clone, Debug, Default)]
pub struct StaffToken(Arc<tokio::sync::Mutex<Option<(tokio::time::Instant, String)>>>);

/// What all parts of a run share.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where to connect.
    pub addresses: Addresses,
    /// Seeds every random decision.
    pub seed: u64,
    /// The progress display.
    pub progress: Arc<progress::Progress>,
}

/// Executes a run. Exit status 0 means that the cluster became quiescent and every invariant holds;
/// a drill exits with 0 when everything recovered, a rolling
/// restart when no request failed, a restore when every invariant holds for what was answered before its moment.
#[must_use]
pub fn main(options: Options) -> ExitCode {
    run::main(options)
}
