//! The state of the system at one moment, as the pages show it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    flow::Traffic,
    history::Point,
    reading::{Depth, Outbox, Pool},
};

/// The state of all processes. Rates cover the time since the snapshot before; the first has none.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// When it was collected.
    pub(crate) taken_at: DateTime<Utc>,
    /// The time that rates cover; none in the first snapshot.
    pub(crate) rates_over: Option<Duration>,
    /// The gateway and the services.
    pub(crate) services: Vec<ServiceState>,
    /// What passes between them.
    pub(crate) edges: Vec<Edge>,
    /// The queues that services consume.
    pub(crate) queues: Vec<QueueState>,
    /// Requests of clients per second, by the class of their status.
    pub(crate) requests: Vec<ClassRate>,
    /// Steps of sagas whose reply is awaited.
    pub(crate) sagas: Vec<SagaCount>,
    /// Age in seconds of the oldest of them; 0 if there are none.
    pub(crate) oldest_saga_s: f64,
    /// The last minutes, oldest first, as far as someone watched.
    pub(crate) history: Vec<Point>,
}

/// A service and its replicas.
#[derive(Debug, Clone)]
pub(crate) struct ServiceState {
    /// Its name: `order`.
    pub(crate) name: String,
    /// Its replicas, by address.
    pub(crate) replicas: Vec<Replica>,
    /// Calls or requests that it served; none without a rate.
    pub(crate) served: Option<Traffic>,
    /// Messages that it has not published yet; none for the gateway.
    pub(crate) outbox: Option<Outbox>,
    /// Connections to its database, of all replicas; none for the gateway.
    pub(crate) pool: Option<Pool>,
    /// The breakers of the services that it calls.
    pub(crate) breakers: Vec<Breaker>,
}

/// A process of a service.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    /// Address, or `this process` for the gateway. Empty if the service has no address.
    pub(crate) address: String,
    /// What it answered; none if it cannot be reached.
    pub(crate) process: Option<Process>,
}

/// What a replica says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    /// Its version.
    pub(crate) version: String,
    /// The commit that it was built from; empty if unknown.
    pub(crate) revision: String,
    /// Host name, outside a container with the process id.
    pub(crate) instance: String,
    /// When it started.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// Whether it is ready.
    pub(crate) is_ready: bool,
    /// The conditions of readiness.
    pub(crate) checks: Vec<Check>,
    /// Processor cores in use; none without a rate.
    pub(crate) cpu_cores: Option<f64>,
    /// Resident memory.
    pub(crate) memory_bytes: f64,
}

/// A condition of readiness.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// Its name: `postgres`.
    pub(crate) name: String,
    /// Why it does not pass; none if it passes.
    pub(crate) problem: Option<String>,
}

/// What an edge carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EdgeKind {
    /// Calls of a service.
    Rpc,
    /// Messages to the broker.
    Publish,
    /// Messages from the broker.
    Consume,
    /// Transactions on a database.
    Database,
}

/// What passes from one node to another. The nodes are the services, `broker`, and `<service> database`.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// Where it comes from.
    pub(crate) from: String,
    /// Where it goes.
    pub(crate) to: String,
    /// What it carries.
    pub(crate) kind: EdgeKind,
    /// How much, and how well; none without a rate.
    pub(crate) traffic: Option<Traffic>,
}

/// A queue and its messages.
#[derive(Debug, Clone)]
pub(crate) struct QueueState {
    /// Its name: `order.replies`.
    pub(crate) name: String,
    /// Its messages.
    pub(crate) depth: Depth,
    /// Handled per second; none without a rate.
    pub(crate) handled: Option<Traffic>,
    /// 95th percentile in seconds of the age of messages at the end of their handling; none if none was handled.
    pub(crate) age_p95_s: Option<f64>,
}

/// Whether calls from one service to another are rejected at once.
#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    /// The called service.
    pub(crate) to: String,
    /// Whether it is open in a replica.
    pub(crate) is_open: bool,
}

/// Requests whose status has this first digit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClassRate {
    /// 2 to 5.
    pub(crate) class: char,
    /// Requests per second.
    pub(crate) per_second: f64,
}

/// Steps of sagas in one state.
#[derive(Debug, Clone)]
pub(crate) struct SagaCount {
    /// `in_flight`, `stuck` or `compensating`.
    pub(crate) state: String,
    /// The awaited step, or `refund`.
    pub(crate) step: String,
    /// Their number.
    pub(crate) count: f64,
}
