//! Every SQL statement, by table family. A write commits its state and its outbox rows together.

mod archive;
mod bulk_load;
mod categories;
mod category_terms;
mod descriptions;
mod former_slugs;
mod offers;
mod product_events;
mod product_list;
mod products;
mod reservations;
mod rows;
mod search;
mod search_rebuilds;
mod spelling;
mod staff_actions;
mod stock;

use std::sync::Arc;

use persistence::Database;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain;
use crate::failure::Failure;

pub(crate) use bulk_load::{BulkProduct, Vocabulary};
pub(crate) use staff_actions::stock_adjusted;

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure {
    /// Whether a statement violated this constraint.
    fn violates(&self, constraint: &str) -> bool {
        matches!(self, Self::Database(error) if error.constraint() == Some(constraint))
    }

    /// Maps a violated constraint to the domain error in `rules`.
    fn or_refused(self, rules: &[(&str, domain::Error)]) -> Self {
        let Self::Database(error) = &self else {
            return self;
        };
        let rule = error
            .constraint()
            .and_then(|name| rules.iter().find(|(constraint, _)| *constraint == name));
        match rule {
            Some((_, error)) => Self::Refused(error.clone()),
            None => self,
        }
    }
}

/// The catalog's database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
    public: Arc<Semaphore>,
}

impl Store {
    /// At most `public_connections` reads of the public have a connection at the same time.
    pub(crate) fn new(database: Database, public_connections: usize) -> Self {
        Self {
            database,
            public: Arc::new(Semaphore::new(public_connections)),
        }
    }

    /// Waits until a read of the public may have a connection, so that a flood of reads leaves the other connections
    /// to checkouts and staff. The permit is held until the end of the read.
    async fn public(&self) -> Option<SemaphorePermit<'_>> {
        // An error means that the semaphore is closed, which nobody does.
        self.public.acquire().await.ok()
    }

    /// For use cases that read, decide and write in one transaction.
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }
}
