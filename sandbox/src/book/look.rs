//! Reading the book, without waiting for those who write.

use std::ops::Bound;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    Agenda, DELIVERIES, Delivery, EVENTS, Fingerprint, INTENTS, KEYS, Kept, Place, REFUNDS,
    SETTINGS, TIMERS, Things, Timer, find,
};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::model::{Event, Intent, Refund};

/// The book as it was at one moment.
pub(crate) struct Look(ReadTransaction);

/// How much is remembered.
#[derive(Debug, Serialize)]
pub(crate) struct Counts {
    payment_intents: u64,
    refunds: u64,
    idempotency_keys: u64,
    events: u64,
    /// Events that are still to be sent.
    pending_deliveries: u64,
}

/// Which part of a table is wanted.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// Ids after this one.
    pub(crate) low: Option<String>,
    /// Ids before this one.
    pub(crate) high: Option<String>,
    /// From the oldest on, instead of from the newest back.
    pub(crate) oldest_first: bool,
    /// At most so many.
    pub(crate) limit: usize,
}

impl Look {
    pub(super) fn new(transaction: ReadTransaction) -> Self {
        Self(transaction)
    }

    /// The thing with this id, if there is one.
    pub(crate) fn find<T: DeserializeOwned>(
        &self,
        things: Things,
        id: &str,
    ) -> Result<Option<T>, ApiError> {
        find(&self.0.open_table(things)?, id)
    }

    pub(crate) fn intent(&self, id: &str) -> Result<Intent, ApiError> {
        self.find(INTENTS, id)?
            .ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
    }

    pub(crate) fn refund(&self, id: &str) -> Result<Refund, ApiError> {
        self.find(REFUNDS, id)?
            .ok_or_else(|| ApiError::no_such("refund", id, "id"))
    }

    pub(crate) fn event(&self, id: &str) -> Result<Event, ApiError> {
        self.find(EVENTS, id)?
            .ok_or_else(|| ApiError::no_such("event", id, "id"))
    }

    /// The things of a slice that are wanted.
    pub(crate) fn slice<T: DeserializeOwned>(
        &self,
        things: Things,
        slice: &Slice,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, ApiError> {
        let table = self.0.open_table(things)?;
        let edge = |id: &Option<String>| match id {
            Some(id) => Bound::Excluded(id.clone()),
            None => Bound::Unbounded,
        };
        let (low, high) = (edge(&slice.low), edge(&slice.high));
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
        while found.len() < slice.limit {
            let row = if slice.oldest_first {
                rows.next()
            } else {
                rows.next_back()
            };
            let Some(row) = row else { break };
            let thing = serde_json::from_slice(row?.1.value())?;
            if wanted(&thing) {
                found.push(thing);
            }
        }
        Ok(found)
    }

    /// The answer that was kept for an idempotency key; an error when it belongs to another request.
    pub(crate) fn kept(&self, key: &str, request: Fingerprint) -> Result<Option<Kept>, ApiError> {
        match self.find::<Kept>(KEYS, key)? {
            Some(kept) if kept.request != request => Err(ApiError::key_reused()),
            kept => Ok(kept),
        }
    }

    /// The harm that was asked for.
    pub(crate) fn faults(&self) -> Result<Faults, ApiError> {
        Ok(self.find(SETTINGS, Faults::NAME)?.unwrap_or_default())
    }

    pub(crate) fn counts(&self) -> Result<Counts, ApiError> {
        let count =
            |things: Things| -> Result<u64, ApiError> { Ok(self.0.open_table(things)?.len()?) };
        Ok(Counts {
            payment_intents: count(INTENTS)?,
            refunds: count(REFUNDS)?,
            idempotency_keys: count(KEYS)?,
            events: count(EVENTS)?,
            pending_deliveries: self.0.open_table(DELIVERIES)?.len()?,
        })
    }

    /// Events that are to be sent by now, the longest due first, at most `limit`.
    pub(crate) fn deliveries(
        &self,
        now: u64,
        limit: usize,
    ) -> Result<Vec<(Place, Delivery)>, ApiError> {
        self.due(DELIVERIES, now, limit)
    }

    /// What is to happen by now, the longest due first, at most `limit`.
    pub(crate) fn timers(&self, now: u64, limit: usize) -> Result<Vec<(Place, Timer)>, ApiError> {
        self.due(TIMERS, now, limit)
    }

    /// The millisecond from which the next event is to be sent.
    pub(crate) fn next_delivery(&self) -> Result<Option<u64>, ApiError> {
        let table = self.0.open_table(DELIVERIES)?;
        let first = table.first()?;
        Ok(first.map(|(place, _)| place.value().0))
    }

    fn due<T: DeserializeOwned>(
        &self,
        agenda: Agenda,
        now: u64,
        limit: usize,
    ) -> Result<Vec<(Place, T)>, ApiError> {
        let table = self.0.open_table(agenda)?;
        let mut due = Vec::new();
        for row in table.range(..(now.saturating_add(1), ""))?.take(limit) {
            let (place, item) = row?;
            let (at, id) = place.value();
            due.push(((at, id.to_owned()), serde_json::from_slice(item.value())?));
        }
        Ok(due)
    }
}
