//! The history: what clients requested and which answers they got.
//!
//! The checker compares it with the final state: whatever the shop answered must be true.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

mod recorder;
mod status_order;
mod tally;

pub use recorder::Recorder;
pub use status_order::may_follow;
pub use tally::{Summary, Tally};

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Checkouts by idempotency key.
    pub checkouts: BTreeMap<String, Checkout>,
    /// Orders that an answer reported, by id.
    pub orders: BTreeMap<String, ObservedOrder>,
    /// Requests for refunds by idempotency key.
    pub refunds: BTreeMap<String, RefundRequest>,
    /// Units that staff stocked, by SKU.
    pub stocked: BTreeMap<String, i64>,
    /// Answers that contradict each other: a status that went back, a total that changed.
    pub anomalies: Vec<String>,
    /// How many samples of the databases were taken during the run.
    pub samples: u64,
    /// Violations that the samples found.
    pub sample_violations: Vec<String>,
    /// Counts of requests and answers.
    pub tally: Tally,
}

/// All attempts of a checkout under one idempotency key.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// The id of the account that sent it.
    pub customer: String,
    /// Every order that answers reported; more than one is a violation.
    pub orders: BTreeSet<String>,
    /// The problem with which it was refused for good.
    pub refused: Option<String>,
    /// Attempts with an unknown outcome: time-outs, broken connections, 5xx, 429, key in use.
    pub unknown: u32,
    /// The last of them.
    pub last_unknown: String,
}

impl Checkout {
    /// Whether the client got a definite answer: an order or a refusal.
    pub fn is_answered(&self) -> bool {
        !self.orders.is_empty() || self.refused.is_some()
    }
}

/// What answers reported about an order.
#[derive(Debug, Clone, Default)]
pub struct ObservedOrder {
    /// The id of the account that placed it.
    pub customer: String,
    /// Its total in minor units, as in the first answer.
    pub total: i64,
    /// The status in the last answer.
    pub status: String,
    /// Every status that was reported, with the time of the first report.
    pub first_seen: BTreeMap<String, DateTime<Utc>>,
    /// A request to cancel it was accepted.
    pub cancellation_accepted: bool,
    /// A request to mark it delivered was accepted.
    pub delivery_accepted: bool,
    /// Its refunds by id.
    pub refunds: BTreeMap<String, ObservedRefund>,
    /// Placed before the first fault.
    pub before_faults: bool,
}

/// What answers reported about a refund.
#[derive(Debug, Clone, Default)]
pub struct ObservedRefund {
    /// In minor units.
    pub amount: i64,
    /// The status in the last answer.
    pub status: String,
    /// An answer reported that it succeeded.
    pub succeeded: bool,
}

/// All attempts to request a refund under one idempotency key.
#[derive(Debug, Clone, Default)]
pub struct RefundRequest {
    /// The order's id.
    pub order: String,
    /// Every refund that answers reported; more than one is a violation.
    pub refunds: BTreeSet<String>,
    /// The problem with which it was refused for good.
    pub refused: Option<String>,
}

/// An order as one answer reports it.
#[derive(Debug, Clone)]
pub struct OrderView {
    /// Its id.
    pub id: String,
    /// The id of the account that placed it.
    pub customer: String,
    /// `pending`, `confirmed`, ...
    pub status: String,
    /// In minor units.
    pub total: i64,
    /// Id, minor units and status of each refund.
    pub refunds: Vec<(String, i64, String)>,
}

#[cfg(test)]
mod tests;
