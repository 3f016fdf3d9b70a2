//! The provider's state: intents, refunds, idempotency keys with their responses, events, deliveries,
//! timers and faults. It is in one file, or in memory.
//!
//! Every call that changes something is one transaction. It is answered after the commit.

mod backend;
mod snapshot;
mod transaction;

use std::path::Path;

use anyhow::Context;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ApiError;

pub(crate) use snapshot::{IdRange, Snapshot};
pub(crate) use transaction::{Transaction, WriteContext, millis};

/// Objects as JSON by id. Ids are UUIDv7, so they are in order of creation.
pub(crate) type Table = TableDefinition<'static, &'static str, &'static [u8]>;
/// Work that is due later, by the Unix time in milliseconds at which it is due, and an id.
type DueTable = TableDefinition<'static, (u64, &'static str), &'static [u8]>;

pub(crate) const INTENTS: Table = TableDefinition::new("payment_intents");
pub(crate) const REFUNDS: Table = TableDefinition::new("refunds");
pub(crate) const EVENTS: Table = TableDefinition::new("events");
const KEYS: Table = TableDefinition::new("idempotency_keys");
/// Idempotency keys by a UUIDv7, which gives their age: the oldest is removed first.
const KEY_AGES: Table = TableDefinition::new("idempotency_keys_by_age");
const SETTINGS: Table = TableDefinition::new("settings");
const DELIVERIES: DueTable = TableDefinition::new("deliveries");
const TIMERS: DueTable = TableDefinition::new("timers");

/// Size of redb's cache in bytes.
const CACHE_SIZE: usize = 8 * 1024 * 1024;

/// Digest of a request: the same for the same URL and parameters.
pub(crate) type Fingerprint = [u8; 32];

/// The response that is replayed for an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredResponse {
    pub(crate) request: Fingerprint,
    pub(crate) status: u16,
    pub(crate) body: Box<str>,
}

/// An event that waits to be sent to the webhook endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The event's id.
    pub(crate) event: String,
    /// Failed attempts so far.
    pub(crate) tries: u32,
}

/// A transition that happens after a delay.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Timer {
    /// The authorization of an intent expires.
    Expire(String),
    /// A refund reaches its final status.
    Settle(String),
}

/// A key of a [`DueTable`].
pub(crate) type DueKey = (u64, String);

/// The database of the provider's state.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    limit: u64,
}

impl Store {
    /// Opens or creates the file at `path`; an empty `path` means a database in memory. Each table
    /// keeps at most `limit` rows; the oldest are removed first.
    ///
    /// # Errors
    /// The file cannot be opened, or another process has it open.
    pub(crate) fn open(path: &Path, limit: u64) -> anyhow::Result<Self> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_SIZE);
        let database = if path.as_os_str().is_empty() {
            builder.create_with_backend(InMemoryBackend::new())
        } else {
            builder.create_with_backend(backend::open(path)?)
        };
        let database =
            database.with_context(|| format!("cannot open {} (state.path)", path.display()))?;
        let store = Self { database, limit };
        store.create_tables().context("cannot prepare state.path")?;
        Ok(store)
    }

    fn create_tables(&self) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        for table in [INTENTS, REFUNDS, EVENTS, KEYS, KEY_AGES, SETTINGS] {
            transaction.open_table(table)?;
        }
        for table in [DELIVERIES, TIMERS] {
            transaction.open_table(table)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// A new id with Stripe's prefix: `pi`, `ch`, `re`, `evt`.
    pub(crate) fn new_id(prefix: &str) -> String {
        format!("{prefix}_{}", Uuid::now_v7().simple())
    }

    /// A snapshot for reading. It waits for no writer.
    pub(crate) fn read(&self) -> Result<Snapshot, ApiError> {
        Ok(Snapshot::new(self.database.begin_read()?))
    }

    /// Runs `act` in a transaction: commits if it succeeds, aborts if it fails.
    pub(crate) fn write<T>(
        &self,
        context: WriteContext<'_>,
        act: impl FnOnce(&mut Transaction<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let transaction = self.database.begin_write()?;
        let result = act(&mut Transaction::new(&transaction, context, self.limit));
        match result {
            Ok(value) => {
                transaction.commit()?;
                Ok(value)
            }
            Err(error) => {
                transaction.abort()?;
                Err(error)
            }
        }
    }
}

/// The object with this id, if it exists.
fn find<T: DeserializeOwned>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Option<T>, ApiError> {
    match table.get(id)? {
        Some(bytes) => Ok(Some(serde_json::from_slice(bytes.value())?)),
        None => Ok(None),
    }
}
