use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::Clock;

use super::{
    Checkout, History, ObservedOrder, OrderView, RefundRequest, Summary, Tally, may_follow,
};

/// Records the history. Clones share it; no method waits.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    clock: Clock,
    history: Arc<Mutex<History>>,
}

impl Recorder {
    /// An empty history.
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues a history.
    pub fn from_history(history: History) -> Self {
        Self {
            clock: Clock::system(),
            history: Arc::new(Mutex::new(history)),
        }
    }

    /// Staff stocked units of a SKU.
    pub fn stocked(&self, sku: &str, units: i64) {
        *self.history().stocked.entry(sku.to_owned()).or_default() += units;
    }

    /// A client is about to send the first attempt of a checkout; later attempts change nothing.
    pub fn checkout_started(&self, key: &str, customer: &str) {
        let checkout = Checkout {
            customer: customer.to_owned(),
            orders: BTreeSet::new(),
            refused: None,
            unknown: 0,
            last_unknown: String::new(),
        };
        self.history()
            .checkouts
            .entry(key.to_owned())
            .or_insert(checkout);
    }

    /// A checkout was answered with an order.
    pub fn checkout_accepted(&self, key: &str, order: &OrderView, before_faults: bool) {
        let mut history = self.history();
        if let Some(checkout) = history.checkouts.get_mut(key) {
            checkout.orders.insert(order.id.clone());
        }
        if !history.orders.contains_key(&order.id) {
            history.tally.accepted += 1;
            let observed = ObservedOrder {
                customer: order.customer.clone(),
                total: order.total,
                status: order.status.clone(),
                before_faults,
                ..ObservedOrder::default()
            };
            history.orders.insert(order.id.clone(), observed);
        }
        // A replayed answer shows the order as it was placed: it does not report a new status.
        let now = self.clock.now();
        if let Some(observed) = history.orders.get_mut(&order.id) {
            observed
                .first_seen
                .entry(order.status.clone())
                .or_insert(now);
        }
    }

    /// A checkout was refused for good.
    pub fn checkout_refused(&self, key: &str, problem: &str) {
        let mut history = self.history();
        if let Some(checkout) = history.checkouts.get_mut(key) {
            checkout.refused.get_or_insert_with(|| problem.to_owned());
        }
        history.tally.refused += 1;
    }

    /// The outcome of an attempt of a checkout is unknown.
    pub fn checkout_unknown(&self, key: &str, reason: String) {
        if let Some(checkout) = self.history().checkouts.get_mut(key) {
            checkout.unknown += 1;
            checkout.last_unknown = reason;
        }
    }

    /// An order was read. Reads of one order must be recorded in the order in which they were made.
    pub fn order_read(&self, order: &OrderView) {
        let now = self.clock.now();
        let mut history = self.history();
        let History {
            orders,
            anomalies,
            tally,
            ..
        } = &mut *history;
        let Some(observed) = orders.get_mut(&order.id) else {
            anomalies.push(format!(
                "order {} was read before it was accepted",
                order.id
            ));
            return;
        };
        if observed.status != order.status {
            if !may_follow(&observed.status, &order.status) {
                anomalies.push(format!(
                    "order {}: status {} was reported after {}",
                    order.id, order.status, observed.status
                ));
            }
            tally.count_status(&order.status);
            observed.status.clone_from(&order.status);
        }
        observed
            .first_seen
            .entry(order.status.clone())
            .or_insert(now);
        if observed.total != order.total {
            anomalies.push(format!(
                "order {}: total {} was reported after {}",
                order.id, order.total, observed.total
            ));
        }
        for (id, amount, status) in &order.refunds {
            let refund = observed.refunds.entry(id.clone()).or_default();
            refund.amount = *amount;
            if refund.status == "failed" && status != "failed" {
                anomalies.push(format!(
                    "refund {id}: status {status} was reported after failed"
                ));
            }
            if status == "succeeded" && !refund.succeeded {
                refund.succeeded = true;
                tally.refunded += 1;
            }
            refund.status.clone_from(status);
        }
    }

    /// A request to cancel the order was accepted.
    pub fn cancellation_accepted(&self, order: &str) {
        if let Some(observed) = self.history().orders.get_mut(order) {
            observed.cancellation_accepted = true;
        }
    }

    /// A request to mark the order delivered was accepted.
    pub fn delivery_accepted(&self, order: &str) {
        if let Some(observed) = self.history().orders.get_mut(order) {
            observed.delivery_accepted = true;
        }
    }

    /// A client is about to request a refund; later attempts with this key change nothing.
    pub fn refund_requested(&self, key: &str, order: &str) {
        let request = RefundRequest {
            order: order.to_owned(),
            ..RefundRequest::default()
        };
        self.history()
            .refunds
            .entry(key.to_owned())
            .or_insert(request);
    }

    /// The request with this key was answered with a refund.
    pub fn refund_accepted(&self, key: &str, refund: &str, amount: i64) {
        let mut history = self.history();
        let History {
            refunds, orders, ..
        } = &mut *history;
        let Some(request) = refunds.get_mut(key) else {
            return;
        };
        request.refunds.insert(refund.to_owned());
        if let Some(order) = orders.get_mut(&request.order) {
            let observed = order.refunds.entry(refund.to_owned()).or_default();
            observed.amount = amount;
        }
    }

    /// The request with this key was refused for good.
    pub fn refund_refused(&self, key: &str, problem: &str) {
        if let Some(request) = self.history().refunds.get_mut(key) {
            request.refused.get_or_insert_with(|| problem.to_owned());
        }
    }

    /// An answer is wrong whatever the final state is.
    pub fn anomaly(&self, description: String) {
        self.history().anomalies.push(description);
    }

    /// The databases were sampled during the run.
    pub fn sample_taken(&self, violations: &[String]) {
        let mut history = self.history();
        history.samples += 1;
        history.sample_violations.extend_from_slice(violations);
    }

    /// A request ended with this HTTP status; `None` when there was no answer.
    pub fn request_ended(&self, status: Option<u16>) {
        self.history().tally.count_answer(status);
    }

    /// Counts of requests and answers.
    pub fn tally(&self) -> Tally {
        self.history().tally.clone()
    }

    /// Counts for the progress display.
    pub(crate) fn summary(&self) -> Summary {
        let history = self.history();
        Summary {
            tally: history.tally.clone(),
            samples: history.samples,
            violations: history.sample_violations.len() + history.anomalies.len(),
        }
    }

    /// A copy of the history, for the checker.
    pub fn snapshot(&self) -> History {
        self.history().clone()
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
