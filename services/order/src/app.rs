//! The use cases: load, decide in `domain`, save. `grpc`, `consumers` and `jobs` call them.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kernel::Clock;
use outbox::Outbox;
use persistence::Database;
use tokens::{Keys, Pages};
use upstream::Upstream;

use crate::config::Own;
use crate::domain::{Change, DeclineLimits, Destinations, PaymentRules, ReturnRules};
use crate::saga::Timing;
use crate::store::Store;

mod cancel;
mod carts;
mod counters;
mod decide;
mod discounts;
mod guest_token;
mod merge;
mod offers;
mod operator;
mod orders;
mod overdue;
mod place;
mod refunds;
mod replies;
mod retention;
mod returns;
mod ship;

pub(crate) use carts::CartView;
pub(crate) use guest_token::CartCaller;
pub(crate) use merge::MergeView;
pub(crate) use operator::{Operator, SagaList};
pub(crate) use orders::{ListRequest, Viewer};
pub(crate) use returns::ReturnList;

use offers::Catalog;

/// The countries that the shop ships to, with shipping prices and tax rates.
const DESTINATIONS: &str = include_str!("../config/destinations.toml");

/// What the use cases need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    store: Store,
    catalog: Catalog,
    destinations: Arc<Destinations>,
    payment_rules: Arc<PaymentRules>,
    decline_limits: DeclineLimits,
    return_rules: ReturnRules,
    outbox: Outbox,
    tokens: Keys,
    pages: Pages,
    clock: Clock,
    timing: Timing,
    key_wait_ms: u32,
}

impl App {
    /// Does no I/O.
    ///
    /// # Errors
    /// The address of the catalog, or the table of destinations, is invalid.
    pub(crate) fn new(
        config: &Own,
        database: Database,
        outbox: Outbox,
        tokens: Keys,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let destinations = Destinations::parse(DESTINATIONS);
        let checkout = &config.checkout;
        let payment_rules =
            PaymentRules::new(checkout.max_total_minor_units, &checkout.payment_methods);
        Ok(Self {
            store: Store::new(database, config.saga),
            catalog: Catalog::new(Upstream::new("catalog", &config.upstreams.catalog)?),
            destinations: Arc::new(destinations.context("config/destinations.toml")?),
            payment_rules: Arc::new(payment_rules),
            decline_limits: checkout.declines.limits(),
            return_rules: config.returns.rules(),
            outbox,
            pages: Pages::new(tokens.clone(), clock.clone()),
            tokens,
            clock,
            timing: config.saga,
            key_wait_ms: checkout.key_wait_ms,
        })
    }

    /// Counts and logs the changes of a batch that was committed.
    pub(crate) fn count(&self, changes: &[Change]) {
        let now = self.clock.now();
        changes
            .iter()
            .for_each(|change| counters::count(change, now));
    }

    /// After a commit: wakes the relay, counts and logs the change.
    fn committed(&self, change: &Change, now: DateTime<Utc>) {
        self.outbox.wake();
        counters::count(change, now);
    }
}
