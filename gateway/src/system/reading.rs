//! What the operations view needs of the metrics of one process. Rates are differences of two readings.

use std::collections::BTreeMap;

use super::{
    flow::Flow,
    openmetrics::{Sample, samples},
};
use crate::edge::route::OPERATIONS_VIEW;

/// Calls of the operations view itself are not counted: it would show its own traffic.
const OWN_RPCS: &str = "mercantile.operations.v1.SystemService";
/// Codes that say that the callee failed, and not that the caller asked for something impossible.
const FAILURES: [&str; 7] = [
    "DataLoss",
    "DeadlineExceeded",
    "Internal",
    "ResourceExhausted",
    "Unavailable",
    "Unimplemented",
    "Unknown",
];
/// Webhooks have a channel of their own to `payment`.
const OWN_CHANNEL: &str = "_webhooks";

/// The metrics of one process at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) cpu_seconds: f64,
    pub(super) memory_bytes: f64,
    /// Calls received.
    pub(super) served: Flow,
    /// Calls made, by the called service.
    pub(super) called: BTreeMap<String, Flow>,
    /// Whether the breaker of a called service is open.
    pub(super) breakers: BTreeMap<String, bool>,
    pub(super) published: Flow,
    /// Messages handled, by queue.
    pub(super) consumed: BTreeMap<String, Flow>,
    pub(super) queues: BTreeMap<String, Depth>,
    /// Ages of handled messages, by queue.
    pub(super) ages: BTreeMap<String, Flow>,
    pub(super) outbox: Outbox,
    pub(super) transactions: Flow,
    pub(super) pool: Option<Pool>,
    /// Requests of clients by the class of their status: 2 to 5.
    pub(super) requests: BTreeMap<char, f64>,
    pub(super) request_seconds: Flow,
    /// Steps in flight, by state and step.
    pub(super) sagas: BTreeMap<(String, String), f64>,
    pub(super) oldest_saga_s: f64,
    pub(super) orders: Orders,
}

/// Messages of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Depth {
    /// Wait to be handled.
    pub(crate) ready: f64,
    /// Wait for another try.
    pub(crate) retrying: f64,
    /// Dead letters.
    pub(crate) dead: f64,
}

/// Messages that a service has written and not published yet.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Outbox {
    /// Their number.
    pub(crate) pending: f64,
    /// Those that the broker did not accept.
    pub(crate) refused: f64,
    /// Age of the oldest in seconds.
    pub(crate) lag_s: f64,
}

/// Connections to the database.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pool {
    /// In use.
    pub(crate) in_use: f64,
    /// Open and free.
    pub(crate) idle: f64,
    /// Most connections.
    pub(crate) max: f64,
    /// Tasks that wait for one.
    pub(crate) waiting: f64,
}

/// Orders since the start of the process, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Orders {
    pub(super) placed: f64,
    pub(super) confirmed: f64,
    pub(super) rejected: f64,
    pub(super) cancelled: f64,
}

impl Reading {
    pub(super) fn of(text: &str) -> Self {
        let mut reading = Self::default();
        for sample in samples(text) {
            reading.add(&sample);
        }
        reading
    }

    fn add(&mut self, sample: &Sample<'_>) {
        let label = |name: &str| sample.label(name);
        let value = sample.value;
        match sample.name {
            "process_cpu_seconds_total" => self.cpu_seconds = value,
            "process_resident_memory_bytes" => self.memory_bytes = value,
            _ if label("rpc_service") == OWN_RPCS => {}
            _ if label("route").starts_with(OPERATIONS_VIEW) => {}
            "rpc_server_requests_total" => self.served.count(value, has_failed(sample)),
            "rpc_client_requests_total" => self.call(sample).count(value, has_failed(sample)),
            "upstream_circuit_open" => {
                let is_open = self.breakers.entry(service(sample)).or_default();
                *is_open |= value > 0.0;
            }
            "messages_published_total" => {
                self.published.count(value, label("outcome") != "confirmed");
            }
            "messages_consumed_total" => {
                let has_failed = matches!(label("outcome"), "retried" | "dead");
                let flow = self.consumed.entry(queue(sample)).or_default();
                flow.count(value, has_failed);
            }
            "queue_messages_ready" => self.depth(sample).ready = value,
            "queue_messages_retrying" => self.depth(sample).retrying = value,
            "dead_letters" => self.depth(sample).dead = value,
            "outbox_pending" => self.outbox.pending = value,
            "outbox_refused" => self.outbox.refused = value,
            "outbox_lag_seconds" => self.outbox.lag_s = value,
            "database_transactions_total" => {
                self.transactions.count(value, label("outcome") == "failed");
            }
            "database_pool_connections_in_use" => self.pool().in_use = value,
            "database_pool_connections_idle" => self.pool().idle = value,
            "database_pool_connections_max" => self.pool().max = value,
            "database_pool_waiting" => self.pool().waiting = value,
            "sagas_in_flight" => {
                let key = (label("state").to_owned(), label("step").to_owned());
                self.sagas.insert(key, value);
            }
            "sagas_oldest_age_seconds" => self.oldest_saga_s = value,
            "orders_placed_total" => self.orders.placed = value,
            "orders_confirmed_total" => self.orders.confirmed = value,
            "orders_rejected_total" => self.orders.rejected += value,
            "orders_cancelled_total" => self.orders.cancelled += value,
            name => self.add_duration(name, sample),
        }
    }

    /// A sample of a histogram.
    fn add_duration(&mut self, name: &str, sample: &Sample<'_>) {
        let Some(position) = name.rfind("_seconds_") else {
            return;
        };
        let (name, suffix) = name.split_at(position + "_seconds".len());
        let flow = match name {
            "rpc_server_duration_seconds" => &mut self.served,
            "rpc_client_duration_seconds" => self.call(sample),
            "message_handling_seconds" => self.consumed.entry(queue(sample)).or_default(),
            "message_age_seconds" => self.ages.entry(queue(sample)).or_default(),
            "database_transaction_seconds" => &mut self.transactions,
            "http_server_request_duration_seconds" => {
                if let ("_count", Some(class)) = (suffix, sample.label("status").chars().next()) {
                    *self.requests.entry(class).or_default() += sample.value;
                    self.request_seconds.count(sample.value, class == '5');
                }
                &mut self.request_seconds
            }
            _ => return,
        };
        flow.seconds.read(suffix, sample.label("le"), sample.value);
    }

    fn call(&mut self, sample: &Sample<'_>) -> &mut Flow {
        self.called.entry(service(sample)).or_default()
    }

    fn depth(&mut self, sample: &Sample<'_>) -> &mut Depth {
        self.queues.entry(queue(sample)).or_default()
    }

    fn pool(&mut self) -> &mut Pool {
        self.pool.get_or_insert_default()
    }
}

fn has_failed(sample: &Sample<'_>) -> bool {
    FAILURES.contains(&sample.label("code"))
}

fn queue(sample: &Sample<'_>) -> String {
    sample.label("queue").to_owned()
}

/// The called service.
fn service(sample: &Sample<'_>) -> String {
    let upstream = sample.label("upstream");
    upstream
        .strip_suffix(OWN_CHANNEL)
        .unwrap_or(upstream)
        .to_owned()
}

#[cfg(test)]
mod tests;
