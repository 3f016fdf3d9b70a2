use chrono::{DateTime, TimeDelta, Utc};
use redb::{ReadableTableMetadata, WriteTransaction};
use serde::Serialize;
use serde_json::Value;

use super::{
    DELIVERIES, Delivery, DueKey, DueTable, EVENTS, INTENTS, KEY_AGES, KEYS, REFUNDS, SETTINGS,
    Store, StoredResponse, TIMERS, Table, Timer, find,
};
use crate::behavior::Behavior;
use crate::error::ApiError;
use crate::faults::Faults;
use crate::model::{Cause, Event, Intent, Refund};

/// What a transaction needs besides the database.
#[derive(Debug, Clone)]
pub(crate) struct WriteContext<'a> {
    pub(crate) now: DateTime<Utc>,
    /// The request that causes the change; empty for timers and controls.
    pub(crate) cause: Cause,
    pub(crate) behavior: &'a Behavior,
}

/// An open write transaction. There is one at a time.
pub(crate) struct Transaction<'a> {
    inner: &'a WriteTransaction,
    context: WriteContext<'a>,
    limit: u64,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(inner: &'a WriteTransaction, context: WriteContext<'a>, limit: u64) -> Self {
        Self {
            inner,
            context,
            limit,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.context.now
    }

    pub(crate) fn behavior(&self) -> &'a Behavior {
        self.context.behavior
    }

    pub(crate) fn intent(&self, id: &str) -> Result<Intent, ApiError> {
        find(&self.inner.open_table(INTENTS)?, id)?
            .ok_or_else(|| ApiError::not_found("payment_intent", id, "intent"))
    }

    pub(crate) fn put_intent(&mut self, intent: &Intent) -> Result<(), ApiError> {
        self.put(INTENTS, &intent.id, intent)
    }

    pub(crate) fn refund(&self, id: &str) -> Result<Refund, ApiError> {
        find(&self.inner.open_table(REFUNDS)?, id)?
            .ok_or_else(|| ApiError::not_found("refund", id, "id"))
    }

    pub(crate) fn put_refund(&mut self, refund: &Refund) -> Result<(), ApiError> {
        self.put(REFUNDS, &refund.id, refund)
    }

    pub(crate) fn faults(&self) -> Result<Faults, ApiError> {
        let contexts = self.inner.open_table(SETTINGS)?;
        let stored: Option<Faults> = find(&contexts, Faults::NAME)?;
        Ok(stored.unwrap_or_default().at(self.now()))
    }

    pub(crate) fn put_faults(&mut self, faults: &Faults) -> Result<(), ApiError> {
        self.put(SETTINGS, Faults::NAME, faults)
    }

    /// Stores the response of an idempotency key. Beyond the limit, the oldest key is removed.
    pub(crate) fn store_response(
        &mut self,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), ApiError> {
        let mut keys = self.inner.open_table(KEYS)?;
        let mut ages = self.inner.open_table(KEY_AGES)?;
        let is_new = keys
            .insert(key, serde_json::to_vec(response)?.as_slice())?
            .is_none();
        if is_new {
            ages.insert(Store::new_id("age").as_str(), key.as_bytes())?;
        }
        if ages.len()? > self.limit {
            let oldest = ages.pop_first()?.map(|(_, key)| key.value().to_vec());
            if let Some(Ok(oldest)) = oldest.map(String::from_utf8) {
                keys.remove(oldest.as_str())?;
            }
        }
        Ok(())
    }

    /// Stores an event and enqueues its deliveries. Faults may delay, duplicate or drop deliveries.
    pub(crate) fn emit(&mut self, kind: &str, object: Value) -> Result<(), ApiError> {
        let now = self.now();
        let mut event = Event {
            id: Store::new_id("evt"),
            kind: kind.to_owned(),
            created: now.timestamp(),
            object,
            cause: self.context.cause.clone(),
            pending: 0,
        };
        if self.context.behavior.sends_events {
            let mut faults = self.faults()?;
            let delays = faults.deliveries();
            if faults.affects_deliveries() {
                // Saves the position of the random numbers.
                self.put_faults(&faults)?;
            }
            for (copy, delay) in delays.into_iter().enumerate() {
                let at = millis(now + delay);
                let delivery = Delivery {
                    event: event.id.clone(),
                    tries: 0,
                };
                let due_key = (at, format!("{}/{copy}", event.id));
                self.insert_due(DELIVERIES, due_key, &delivery)?;
                event.pending += 1;
            }
        }
        self.put(EVENTS, &event.id.clone(), &event)
    }

    /// Removes a delivery that succeeded or is given up.
    pub(crate) fn finish_delivery(
        &mut self,
        due_key: &DueKey,
        event: &str,
    ) -> Result<(), ApiError> {
        self.remove_due(DELIVERIES, due_key)?;
        let stored: Option<Event> = find(&self.inner.open_table(EVENTS)?, event)?;
        let Some(mut stored) = stored else {
            return Ok(());
        };
        stored.pending = stored.pending.saturating_sub(1);
        self.put(EVENTS, event, &stored)
    }

    /// Moves a delivery that failed to a later time.
    pub(crate) fn retry_delivery(
        &mut self,
        due_key: &DueKey,
        after: TimeDelta,
        delivery: &Delivery,
    ) -> Result<(), ApiError> {
        self.remove_due(DELIVERIES, due_key)?;
        let at = millis(self.now() + after);
        self.insert_due(DELIVERIES, (at, due_key.1.clone()), delivery)
    }

    /// Schedules a transition. When it is due, it is skipped if the object has changed.
    pub(crate) fn schedule(&mut self, after: TimeDelta, timer: &Timer) -> Result<(), ApiError> {
        let (Timer::Expire(id) | Timer::Settle(id)) = timer;
        let due_key = (millis(self.now() + after), id.clone());
        self.insert_due(TIMERS, due_key, timer)
    }

    /// Removes a timer that has fired.
    pub(crate) fn unschedule(&mut self, due_key: &DueKey) -> Result<(), ApiError> {
        self.remove_due(TIMERS, due_key)
    }

    /// Removes all state, faults included.
    pub(crate) fn clear(&mut self) -> Result<(), ApiError> {
        for table in [INTENTS, REFUNDS, EVENTS, KEYS, KEY_AGES, SETTINGS] {
            self.inner.open_table(table)?.retain(|_, _| false)?;
        }
        for due_table in [DELIVERIES, TIMERS] {
            self.inner.open_table(due_table)?.retain(|_, _| false)?;
        }
        Ok(())
    }

    fn put(&mut self, table: Table, id: &str, object: &impl Serialize) -> Result<(), ApiError> {
        let mut table = self.inner.open_table(table)?;
        table.insert(id, serde_json::to_vec(object)?.as_slice())?;
        if table.len()? > self.limit {
            table.pop_first()?;
        }
        Ok(())
    }

    fn insert_due(
        &mut self,
        due_table: DueTable,
        (at, id): DueKey,
        item: &impl Serialize,
    ) -> Result<(), ApiError> {
        let mut table = self.inner.open_table(due_table)?;
        table.insert((at, id.as_str()), serde_json::to_vec(item)?.as_slice())?;
        if table.len()? > self.limit {
            table.pop_first()?;
        }
        Ok(())
    }

    fn remove_due(&mut self, due_table: DueTable, (at, id): &DueKey) -> Result<(), ApiError> {
        let mut table = self.inner.open_table(due_table)?;
        table.remove((*at, id.as_str()))?;
        Ok(())
    }
}

/// Unix time in milliseconds.
pub(crate) fn millis(time: DateTime<Utc>) -> u64 {
    u64::try_from(time.timestamp_millis()).unwrap_or_default()
}
