//! What the service does: each function reads, lets `domain` decide, and has `store` commit.

use kernel::Clock;
use outbox::Outbox;

use crate::domain::destination::Destinations;
use crate::prices::Prices;
use crate::store::Store;

mod carts;
mod checkout;
pub(crate) mod counters;
mod guests;
mod life;
mod orders;
mod sagas;

pub(crate) use carts::{CartCaller, CartView};
pub(crate) use guests::{Token, hash};
pub(crate) use orders::{ListRequest, Viewer};
pub(crate) use sagas::SagaList;

/// Everything that the service works with. One per process.
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) prices: Prices,
    pub(crate) destinations: Destinations,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) key_wait_ms: u32,
}
