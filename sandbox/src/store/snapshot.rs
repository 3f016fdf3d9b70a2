use std::ops::Bound;

use chrono::{DateTime, Utc};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    DELIVERIES, Delivery, DueKey, DueTable, EVENTS, Fingerprint, INTENTS, KEYS, REFUNDS, SETTINGS,
    StoredResponse, TIMERS, Table, Timer, find,
};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::model::{Event, Intent, Refund};

/// The state as of one commit. Later writes do not change it, and it does not wait for them.
pub(crate) struct Snapshot(ReadTransaction);

/// Numbers of stored objects.
#[derive(Debug, Serialize)]
pub(crate) struct Counts {
    payment_intents: u64,
    refunds: u64,
    idempotency_keys: u64,
    events: u64,
    /// Copies of events that are not yet delivered.
    pending_deliveries: u64,
}

/// A range of ids in a table. Ids are in order of creation.
#[derive(Debug, Default)]
pub(crate) struct IdRange {
    /// Lower bound, exclusive.
    pub(crate) low: Option<String>,
    /// Upper bound, exclusive.
    pub(crate) high: Option<String>,
    /// Ascending; otherwise newest first.
    pub(crate) oldest_first: bool,
    /// Most objects to return.
    pub(crate) limit: usize,
}

impl Snapshot {
    pub(super) fn new(transaction: ReadTransaction) -> Self {
        Self(transaction)
    }

    /// The object with this id, if it exists.
    pub(crate) fn find<T: DeserializeOwned>(
        &self,
        table: Table,
        id: &str,
    ) -> Result<Option<T>, ApiError> {
        find(&self.0.open_table(table)?, id)
    }

    pub(crate) fn intent(&self, id: &str) -> Result<Intent, ApiError> {
        self.find(INTENTS, id)?
            .ok_or_else(|| ApiError::not_found("payment_intent", id, "intent"))
    }

    pub(crate) fn refund(&self, id: &str) -> Result<Refund, ApiError> {
        self.find(REFUNDS, id)?
            .ok_or_else(|| ApiError::not_found("refund", id, "id"))
    }

    pub(crate) fn event(&self, id: &str) -> Result<Event, ApiError> {
        self.find(EVENTS, id)?
            .ok_or_else(|| ApiError::not_found("event", id, "id"))
    }

    /// The objects of a range that pass the filter.
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        table: Table,
        ids: &IdRange,
        filter: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, ApiError> {
        let table = self.0.open_table(table)?;
        let bound = |id: &Option<String>| match id {
            Some(id) => Bound::Excluded(id.clone()),
            None => Bound::Unbounded,
        };
        let (low, high) = (bound(&ids.low), bound(&ids.high));
        if let (Bound::Excluded(low), Bound::Excluded(high)) = (&low, &high)
            && low >= high
        {
            return Ok(Vec::new());
        }
        let range = (
            low.as_ref().map(String::as_str),
            high.as_ref().map(String::as_str),
        );
        let mut rows = table.range::<&str>(range)?;
        let mut found = Vec::new();
        while found.len() < ids.limit {
            let row = if ids.oldest_first {
                rows.next()
            } else {
                rows.next_back()
            };
            let Some(row) = row else { break };
            let object = serde_json::from_slice(row?.1.value())?;
            if filter(&object) {
                found.push(object);
            }
        }
        Ok(found)
    }

    /// The response of an idempotency key, if it has one.
    ///
    /// # Errors
    /// The key belongs to a request with another fingerprint.
    pub(crate) fn stored_response(
        &self,
        key: &str,
        request: Fingerprint,
    ) -> Result<Option<StoredResponse>, ApiError> {
        match self.find::<StoredResponse>(KEYS, key)? {
            Some(stored) if stored.request != request => Err(ApiError::key_reused()),
            stored => Ok(stored),
        }
    }

    pub(crate) fn faults(&self, now: DateTime<Utc>) -> Result<Faults, ApiError> {
        let stored: Option<Faults> = self.find(SETTINGS, Faults::NAME)?;
        Ok(stored.unwrap_or_default().at(now))
    }

    pub(crate) fn counts(&self) -> Result<Counts, ApiError> {
        let count =
            |table: Table| -> Result<u64, ApiError> { Ok(self.0.open_table(table)?.len()?) };
        Ok(Counts {
            payment_intents: count(INTENTS)?,
            refunds: count(REFUNDS)?,
            idempotency_keys: count(KEYS)?,
            events: count(EVENTS)?,
            pending_deliveries: self.0.open_table(DELIVERIES)?.len()?,
        })
    }

    /// Deliveries that are due at `now` (Unix milliseconds), the longest due first, at most `limit`.
    pub(crate) fn deliveries(
        &self,
        now: u64,
        limit: usize,
    ) -> Result<Vec<(DueKey, Delivery)>, ApiError> {
        self.due(DELIVERIES, now, limit)
    }

    /// Timers that are due at `now` (Unix milliseconds), the longest due first, at most `limit`.
    pub(crate) fn timers(&self, now: u64, limit: usize) -> Result<Vec<(DueKey, Timer)>, ApiError> {
        self.due(TIMERS, now, limit)
    }

    /// Unix time in milliseconds at which the next delivery is due.
    pub(crate) fn next_delivery(&self) -> Result<Option<u64>, ApiError> {
        let table = self.0.open_table(DELIVERIES)?;
        let first = table.first()?;
        Ok(first.map(|(due_key, _)| due_key.value().0))
    }

    fn due<T: DeserializeOwned>(
        &self,
        due_table: DueTable,
        now: u64,
        limit: usize,
    ) -> Result<Vec<(DueKey, T)>, ApiError> {
        let table = self.0.open_table(due_table)?;
        let mut due = Vec::new();
        for row in table.range(..(now.saturating_add(1), ""))?.take(limit) {
            let (due_key, item) = row?;
            let (at, id) = due_key.value();
            due.push(((at, id.to_owned()), serde_json::from_slice(item.value())?));
        }
        Ok(due)
    }
}
