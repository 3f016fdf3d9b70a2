//! What the provider remembers: intents, refunds, idempotency keys with their answers, events, what
//! is to be done later, and the harm it was told to do. A file that survives the process, or memory.
//!
//! Every call that changes something is one transaction, and is answered after its commit.

mod backend;
mod look;
mod page;

use std::path::Path;

use anyhow::Context;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ApiError;

pub(crate) use look::{Look, Slice};
pub(crate) use page::{Page, Setting, millis};

/// A table of things by their id, as JSON. Ids are UUIDv7, so their order is that of creation.
pub(crate) type Things = TableDefinition<'static, &'static str, &'static [u8]>;
/// A table of what is to be done, by the millisecond from which it is due.
type Agenda = TableDefinition<'static, (u64, &'static str), &'static [u8]>;

pub(crate) const INTENTS: Things = TableDefinition::new("payment_intents");
pub(crate) const REFUNDS: Things = TableDefinition::new("refunds");
pub(crate) const EVENTS: Things = TableDefinition::new("events");
const KEYS: Things = TableDefinition::new("idempotency_keys");
/// The same keys by age.
const KEY_AGES: Things = TableDefinition::new("idempotency_keys_by_age");
const SETTINGS: Things = TableDefinition::new("settings");
const DELIVERIES: Agenda = TableDefinition::new("deliveries");
const TIMERS: Agenda = TableDefinition::new("timers");

/// Bytes of the file that are also kept in memory.
const CACHE: usize = 8 * 1024 * 1024;

/// What a request asked for: the same for the same URL and parameters.
pub(crate) type Fingerprint = [u8; 32];

/// The answer that belongs to an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) request: Fingerprint,
    pub(crate) status: u16,
    pub(crate) body: Box<str>,
}

/// One event that is to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The event's id.
    pub(crate) event: String,
    /// How often it was tried.
    pub(crate) tries: u32,
}

/// What happens by itself after some time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Timer {
    /// The hold of an intent runs out.
    Expire(String),
    /// A refund turns out well or badly.
    Settle(String),
}

/// Where something stands in an agenda.
pub(crate) type Place = (u64, String);

/// The memory.
#[derive(Debug)]
pub(crate) struct Book {
    database: Database,
    limit: u64,
}

impl Book {
    /// Opens the file, or begins a book in memory when `path` is empty. Each table remembers at most
    /// `limit` things; the oldest are forgotten first.
    pub(crate) fn open(path: &Path, limit: u64) -> anyhow::Result<Self> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let database = if path.as_os_str().is_empty() {
            builder.create_with_backend(InMemoryBackend::new())
        } else {
            builder.create_with_backend(backend::open(path)?)
        };
        let database =
            database.with_context(|| format!("cannot open {} (state.path)", path.display()))?;
        let book = Self { database, limit };
        book.create_tables().context("cannot prepare state.path")?;
        Ok(book)
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

    /// What is remembered at this moment.
    pub(crate) fn look(&self) -> Result<Look, ApiError> {
        Ok(Look::new(self.database.begin_read()?))
    }

    /// Changes what is remembered: all of it, or nothing when `act` fails.
    pub(crate) fn write<T>(
        &self,
        setting: Setting<'_>,
        act: impl FnOnce(&mut Page<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let transaction = self.database.begin_write()?;
        let result = act(&mut Page::new(&transaction, setting, self.limit));
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

/// The thing with this id.
fn find<T: DeserializeOwned>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &str,
) -> Result<Option<T>, ApiError> {
    match table.get(id)? {
        Some(bytes) => Ok(Some(serde_json::from_slice(bytes.value())?)),
        None => Ok(None),
    }
}
