//! The use cases: load, decide in `domain`, save. `grpc`, `consumers` and `jobs` call only these.

use std::sync::Arc;

use kernel::Clock;
use outbox::Outbox;
use persistence::Database;
use tokens::{Keys, Pages};
use tokio_util::sync::CancellationToken;

use crate::cache::Cache;
use crate::config::Own;
use crate::domain::Currencies;
use crate::failure::Failure;
use crate::store::Store;

mod categories;
mod product_cache;
mod products;
mod reservations;
mod search;
mod stock;

use product_cache::ProductCache;

pub(crate) use reservations::{Command, Outcome};

/// The dependencies of the use cases. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) product_cache: Arc<ProductCache>,
    /// The currencies that the shop sells in.
    pub(crate) currencies: Currencies,
    store: Store,
    outbox: Outbox,
    pages: Pages,
    clock: Clock,
}

impl App {
    /// Deletes idempotency keys that are old enough.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn sweep_keys(&self, stop: &CancellationToken) -> Result<(), Failure> {
        idempotency::sweep(self.store.database(), self.clock.now(), stop).await?;
        Ok(())
    }

    /// Does no I/O.
    ///
    /// # Errors
    /// `cache.redis_url` or `prices.currencies` is invalid.
    pub(crate) fn new(
        config: &Own,
        database: Database,
        outbox: Outbox,
        tokens: Keys,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let store = Store::new(database, config.reads.public_connections);
        let cache = Cache::new(&config.cache)?;
        Ok(Self {
            currencies: config.prices.currencies()?,
            product_cache: Arc::new(ProductCache::new(&config.cache, cache, store.clone())),
            store,
            outbox,
            pages: Pages::new(tokens, clock.clone()),
            clock,
        })
    }
}
