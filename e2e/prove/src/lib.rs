//! Whether the shop loses anything while everything around it breaks.

use std::process::ExitCode;
use std::sync::Arc;

mod drill;
mod faults;
mod harm;
mod house;
mod plan;
mod run;

pub mod customers;
pub mod invariants;
pub mod latency;
pub mod live;
pub mod report;
pub mod witness;

pub use faults::{FaultKind, FaultRecord};
pub use plan::{Options, Plan, Servers};

/// Where customers shop, and where the judge looks. None of it is ever harmed on purpose, except
/// that the gateway, the servers and the provider behind these addresses go away and come back.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `http://host:port` of the public API, through the balancer and its faults: for customers.
    pub shop: String,
    /// The demo account of the staff: e-mail address and password.
    pub staff: (String, String),
    /// Superuser's URL of each database, straight to PostgreSQL: `databases["order"]`.
    pub databases: std::collections::BTreeMap<String, String>,
    /// RabbitMQ's management API with credentials, straight: `http://user:password@host:port`.
    pub rabbitmq_api: String,
    /// The broker's virtual host that the shop uses: `/` unless it is a test's.
    pub vhost: String,
    /// `http://host:port` of the provider (sandbox), straight: API and `/_sandbox` controls.
    pub provider: String,
    /// The provider's secret key.
    pub provider_key: String,
}

/// What all of a run shares.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where things are.
    pub addresses: Addresses,
    /// Decides everything that is drawn.
    pub seed: u64,
    /// What the display shows.
    pub live: Arc<live::Live>,
}

/// Runs it. Exit status 0: nothing was lost.
#[must_use]
pub fn main(options: Options) -> ExitCode {
    run::main(options)
}
