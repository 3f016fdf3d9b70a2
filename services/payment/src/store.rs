//! Every SQL statement, by table family. A function that takes a connection runs in its transaction.

mod changes;
mod columns;
mod leased;
pub(crate) mod ledger;
pub(crate) mod lookups;
pub(crate) mod operations;
pub(crate) mod orphan_intents;
pub(crate) mod payments;
mod reconciliations;
pub(crate) mod refunds;
pub(crate) mod webhooks;

use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use persistence::{Database, Error, prepared};

pub(crate) use changes::Changes;

use crate::failure::Failure;

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The database of the service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) database: Database,
}

impl Store {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Deletes at most 1,000 rows of `table` whose `time` is more than `days` days ago; returns how many.
    /// The times are by the clock of the database.
    async fn delete_old(&self, table: &str, time: &str, days: u32) -> Result<usize, Error> {
        let sql = format!(
            "DELETE FROM {table} WHERE id = ANY (ARRAY(
                 SELECT id FROM {table} WHERE {time} < now() - make_interval(days => $1)
                 LIMIT 1000 FOR UPDATE SKIP LOCKED))"
        );
        let deleted = prepared(sql)
            .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(deleted)
    }
}
