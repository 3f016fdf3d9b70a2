//! The use cases: load, decide in `domain`, save. `grpc`, `consumers` and `jobs` call them.

use chrono::{DateTime, Utc};
use kernel::Clock;
use outbox::Outbox;

use crate::domain::{Change, Destinations};
use crate::saga::Timing;
use crate::store::Store;

mod carts;
pub(crate) mod counters;
mod guest_token;
mod lifecycle;
mod operator;
mod orders;
mod overdue;
mod place;
mod prices;
mod refunds;
mod replies;
mod retention;

pub(crate) use carts::{CartCaller, CartView};
pub(crate) use guest_token::GuestToken;
pub(crate) use operator::{Operator, SagaList};
pub(crate) use orders::{ListRequest, Viewer};
pub(crate) use prices::Prices;

/// What the use cases need. One per process.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) prices: Prices,
    pub(crate) destinations: Destinations,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) timing: Timing,
    pub(crate) key_wait_ms: u32,
}

impl App {
    /// After a commit: wakes the relay, counts and logs the change.
    fn committed(&self, change: &Change, now: DateTime<Utc>) {
        self.outbox.wake();
        counters::count(change, now);
    }
}
