//! Every SQL statement of the catalog. A write commits its state and its outbox rows together.

mod bulk_load;
mod categories;
mod category_terms;
mod product_events;
mod products;
mod reservations;
mod rows;
mod search;
mod spelling;
mod stock;

use persistence::Database;

use crate::domain;
use crate::failure::Failure;

pub(crate) use bulk_load::{BulkProduct, Vocabulary};

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure {
    /// Turns a constraint's name into the rule it stands for.
    fn or_refused(self, rules: &[(&str, domain::Error)]) -> Self {
        let Self::Database(error) = &self else {
            return self;
        };
        let broken = error
            .constraint()
            .and_then(|name| rules.iter().find(|(constraint, _)| *constraint == name));
        match broken {
            Some((_, error)) => Self::Refused(error.clone()),
            None => self,
        }
    }
}

/// The catalog's database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
}

impl Store {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// For the transactions of use cases that decide between reads and writes.
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }
}
