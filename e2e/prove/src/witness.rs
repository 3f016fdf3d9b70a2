//! What customers were told. Written by the customers, read when it comes to checking: whatever the
//! shop said to somebody must be true in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use kernel::Clock;

mod rules;
mod tally;

pub use rules::{may_follow, rank};
pub use tally::Tally;

/// The memory of all customers. Clones share it; every method takes a moment only.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    clock: Clock,
    book: Arc<Mutex<Book>>,
}

/// What was told.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Checkouts by idempotency key.
    pub checkouts: BTreeMap<String, Checkout>,
    /// Orders that somebody was told of, by id.
    pub orders: BTreeMap<String, Told>,
    /// Requests for money by idempotency key.
    pub refunds: BTreeMap<String, RefundWish>,
    /// Units that staff put on the shelf, by SKU.
    pub shelf: BTreeMap<String, i64>,
    /// What was odd while it happened: a status that went back, a total that changed.
    pub oddities: Vec<String>,
    /// How often it was looked whether what holds at any moment does.
    pub samples: u64,
    /// What did not hold then.
    pub bad_samples: Vec<String>,
    /// How the requests went.
    pub tally: Tally,
}

/// A checkout: one idempotency key, however often it was sent.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// Who sent it.
    pub customer: String,
    /// Every order that was told in answer to it: one, if all is well.
    pub orders: BTreeSet<String>,
    /// The problem, when it was refused for good.
    pub refused: Option<String>,
    /// Answers that said nothing: time-outs, broken connections, 5xx, 429, "in use".
    pub unclear: u32,
    /// The last of them.
    pub last_unclear: String,
}

impl Checkout {
    /// Whether its sender knows what became of it.
    pub fn is_answered(&self) -> bool {
        !self.orders.is_empty() || self.refused.is_some()
    }
}

/// What was told about an order.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Whose it is.
    pub customer: String,
    /// Its total in minor units, as first told.
    pub total: i64,
    /// The status last told.
    pub status: String,
    /// Every status that was told, with the moment it was told first.
    pub seen: BTreeMap<String, DateTime<Utc>>,
    /// A cancellation was accepted.
    pub cancelled: bool,
    /// A delivery was accepted.
    pub delivered: bool,
    /// The status last told of each refund.
    pub refunds: BTreeMap<String, ToldRefund>,
    /// Placed before any harm was done.
    pub unloaded: bool,
}

/// What was told about a refund.
#[derive(Debug, Clone, Default)]
pub struct ToldRefund {
    /// In minor units.
    pub amount: i64,
    /// The status last told.
    pub status: String,
    /// Somebody was told that it succeeded.
    pub succeeded: bool,
}

/// A wish for money: one idempotency key of one order, however often it was sent.
#[derive(Debug, Clone, Default)]
pub struct RefundWish {
    /// Which order.
    pub order: String,
    /// Every refund that was told in answer: one, if all is well.
    pub refunds: BTreeSet<String>,
    /// The problem, when it was refused for good.
    pub refused: Option<String>,
}

/// An order as an answer tells it.
#[derive(Debug, Clone)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// `pending`, `confirmed`, ...
    pub status: String,
    /// In minor units.
    pub total: i64,
    /// Id, minor units and status of each refund.
    pub refunds: Vec<(String, i64, String)>,
}

impl Witness {
    /// Has heard nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has heard all this already.
    pub fn of(book: Book) -> Self {
        Self {
            clock: Clock::system(),
            book: Arc::new(Mutex::new(book)),
        }
    }

    /// Staff put so many units of a SKU on the shelf.
    pub fn stocked(&self, sku: &str, units: i64) {
        *self.book().shelf.entry(sku.to_owned()).or_default() += units;
    }

    /// A customer is about to check out with this key.
    pub fn checks_out(&self, key: &str, customer: &str) {
        let checkout = Checkout {
            customer: customer.to_owned(),
            orders: BTreeSet::new(),
            refused: None,
            unclear: 0,
            last_unclear: String::new(),
        };
        self.book()
            .checkouts
            .entry(key.to_owned())
            .or_insert(checkout);
    }

    /// The checkout with this key was answered with an order.
    pub fn accepted(&self, key: &str, order: &View, unloaded: bool) {
        let mut book = self.book();
        if let Some(checkout) = book.checkouts.get_mut(key) {
            checkout.orders.insert(order.id.clone());
        }
        let known = book.orders.contains_key(&order.id);
        if !known {
            book.tally.accepted += 1;
            let told = Told {
                customer: order.customer.clone(),
                total: order.total,
                status: order.status.clone(),
                unloaded,
                ..Told::default()
            };
            book.orders.insert(order.id.clone(), told);
        }
        // The answer to a checkout is the order as it was placed, also when it is replayed: it is no
        // news of the status.
        let now = self.clock.now();
        if let Some(told) = book.orders.get_mut(&order.id) {
            told.seen.entry(order.status.clone()).or_insert(now);
        }
    }

    /// The checkout with this key was refused for good.
    pub fn refused(&self, key: &str, problem: &str) {
        let mut book = self.book();
        if let Some(checkout) = book.checkouts.get_mut(key) {
            checkout.refused.get_or_insert_with(|| problem.to_owned());
        }
        book.tally.refused += 1;
    }

    /// The checkout with this key got an answer that said nothing.
    pub fn unclear(&self, key: &str, why: String) {
        if let Some(checkout) = self.book().checkouts.get_mut(key) {
            checkout.unclear += 1;
            checkout.last_unclear = why;
        }
    }

    /// The order was read. Reads of one order are told in the order in which they were made.
    pub fn saw(&self, order: &View) {
        let now = self.clock.now();
        let mut book = self.book();
        let Book {
            orders,
            oddities,
            tally,
            ..
        } = &mut *book;
        let Some(told) = orders.get_mut(&order.id) else {
            oddities.push(format!(
                "order {} was read before it was accepted",
                order.id
            ));
            return;
        };
        if told.status != order.status {
            if !may_follow(&told.status, &order.status) {
                oddities.push(format!(
                    "order {} was told to be {} after it was told to be {}",
                    order.id, order.status, told.status
                ));
            }
            tally.reached(&order.status);
            told.status.clone_from(&order.status);
        }
        told.seen.entry(order.status.clone()).or_insert(now);
        if told.total != order.total {
            oddities.push(format!(
                "order {} was told to cost {} after it was told to cost {}",
                order.id, order.total, told.total
            ));
        }
        for (id, amount, status) in &order.refunds {
            let refund = told.refunds.entry(id.clone()).or_default();
            refund.amount = *amount;
            if refund.status == "failed" && status != "failed" {
                oddities.push(format!(
                    "refund {id} was told to be {status} after it had failed"
                ));
            }
            if status == "succeeded" && !refund.succeeded {
                refund.succeeded = true;
                tally.refunded += 1;
            }
            refund.status.clone_from(status);
        }
    }

    /// A cancellation of the order was accepted.
    pub fn cancellation_accepted(&self, order: &str) {
        if let Some(told) = self.book().orders.get_mut(order) {
            told.cancelled = true;
        }
    }

    /// A delivery of the order was accepted.
    pub fn delivery_accepted(&self, order: &str) {
        if let Some(told) = self.book().orders.get_mut(order) {
            told.delivered = true;
        }
    }

    /// A customer is about to ask for money back with this key.
    pub fn asks_money(&self, key: &str, order: &str) {
        let wish = RefundWish {
            order: order.to_owned(),
            ..RefundWish::default()
        };
        self.book().refunds.entry(key.to_owned()).or_insert(wish);
    }

    /// The wish with this key was answered with a refund.
    pub fn refund_accepted(&self, key: &str, refund: &str, amount: i64) {
        let mut book = self.book();
        let Book {
            refunds, orders, ..
        } = &mut *book;
        let Some(wish) = refunds.get_mut(key) else {
            return;
        };
        wish.refunds.insert(refund.to_owned());
        if let Some(told) = orders.get_mut(&wish.order) {
            let known = told.refunds.entry(refund.to_owned()).or_default();
            known.amount = amount;
        }
    }

    /// The wish with this key was refused for good.
    pub fn refund_refused(&self, key: &str, problem: &str) {
        if let Some(wish) = self.book().refunds.get_mut(key) {
            wish.refused.get_or_insert_with(|| problem.to_owned());
        }
    }

    /// Something was told that never may be.
    pub fn odd(&self, what: String) {
        self.book().oddities.push(what);
    }

    /// Somebody looked whether what holds at any moment does.
    pub fn sampled(&self, violations: &[String]) {
        let mut book = self.book();
        book.samples += 1;
        book.bad_samples.extend_from_slice(violations);
    }

    /// A request was sent and answered so: an HTTP status, or none when there was no answer.
    pub fn answered(&self, status: Option<u16>) {
        self.book().tally.answered(status);
    }

    /// Counts for the display.
    pub fn tally(&self) -> Tally {
        self.book().tally.clone()
    }

    /// The same, with how often it was looked whether all holds, and did not.
    pub(crate) fn told_so_far(&self) -> (Tally, u64, usize) {
        let book = self.book();
        let bad = book.bad_samples.len() + book.oddities.len();
        (book.tally.clone(), book.samples, bad)
    }

    /// A copy of everything, for the checks.
    pub fn told(&self) -> Book {
        self.book().clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
