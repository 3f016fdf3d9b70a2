//! Writing the book: one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use redb::{ReadableTableMetadata, WriteTransaction};
use serde::Serialize;
use serde_json::Value;

use super::{
    Agenda, Book, DELIVERIES, Delivery, EVENTS, INTENTS, KEY_AGES, KEYS, Kept, Place, REFUNDS,
    SETTINGS, TIMERS, Things, Timer, find,
};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::habits::Habits;
use crate::model::{Cause, Event, Intent, Refund};

/// The circumstances of a change.
#[derive(Debug, Clone)]
pub(crate) struct Setting<'a> {
    pub(crate) now: DateTime<Utc>,
    /// Which request it comes from, if it comes from one.
    pub(crate) cause: Cause,
    /// How the provider behaves.
    pub(crate) habits: &'a Habits,
}

/// A transaction that is being written.
pub(crate) struct Page<'a> {
    transaction: &'a WriteTransaction,
    setting: Setting<'a>,
    limit: u64,
}

impl<'a> Page<'a> {
    pub(super) fn new(transaction: &'a WriteTransaction, setting: Setting<'a>, limit: u64) -> Self {
        Self {
            transaction,
            setting,
            limit,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.setting.now
    }

    pub(crate) fn habits(&self) -> &'a Habits {
        self.setting.habits
    }

    pub(crate) fn intent(&self, id: &str) -> Result<Intent, ApiError> {
        find(&self.transaction.open_table(INTENTS)?, id)?
            .ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
    }

    pub(crate) fn put_intent(&mut self, intent: &Intent) -> Result<(), ApiError> {
        self.put(INTENTS, &intent.id, intent)
    }

    pub(crate) fn refund(&self, id: &str) -> Result<Refund, ApiError> {
        find(&self.transaction.open_table(REFUNDS)?, id)?
            .ok_or_else(|| ApiError::no_such("refund", id, "id"))
    }

    pub(crate) fn put_refund(&mut self, refund: &Refund) -> Result<(), ApiError> {
        self.put(REFUNDS, &refund.id, refund)
    }

    /// The harm that was asked for.
    pub(crate) fn faults(&self) -> Result<Faults, ApiError> {
        let settings = self.transaction.open_table(SETTINGS)?;
        Ok(find(&settings, Faults::NAME)?.unwrap_or_default())
    }

    pub(crate) fn put_faults(&mut self, faults: &Faults) -> Result<(), ApiError> {
        self.put(SETTINGS, Faults::NAME, faults)
    }

    /// Keeps the answer of an idempotency key.
    pub(crate) fn keep(&mut self, key: &str, kept: &Kept) -> Result<(), ApiError> {
        let mut keys = self.transaction.open_table(KEYS)?;
        let mut ages = self.transaction.open_table(KEY_AGES)?;
        let is_new = keys
            .insert(key, serde_json::to_vec(kept)?.as_slice())?
            .is_none();
        if is_new {
            ages.insert(Book::new_id("age").as_str(), key.as_bytes())?;
        }
        if ages.len()? > self.limit {
            let oldest = ages.pop_first()?.map(|(_, key)| key.value().to_vec());
            if let Some(Ok(oldest)) = oldest.map(String::from_utf8) {
                keys.remove(oldest.as_str())?;
            }
        }
        Ok(())
    }

    /// Tells the world what has happened, as far as the webhooks are not told to misbehave.
    pub(crate) fn emit(&mut self, kind: &str, object: Value) -> Result<(), ApiError> {
        let now = self.now();
        let mut event = Event {
            id: Book::new_id("evt"),
            kind: kind.to_owned(),
            created: now.timestamp(),
            object,
            cause: self.setting.cause.clone(),
            pending: 0,
        };
        if self.setting.habits.sends_events {
            let mut faults = self.faults()?;
            let delays = faults.deliveries();
            if faults.misdelivers() {
                // The lots that were drawn are not drawn again.
                self.put_faults(&faults)?;
            }
            for (copy, delay) in delays.into_iter().enumerate() {
                let at = millis(now + delay);
                let delivery = Delivery {
                    event: event.id.clone(),
                    tries: 0,
                };
                self.queue((at, format!("{}/{copy}", event.id)), &delivery)?;
                event.pending += 1;
            }
        }
        self.put(EVENTS, &event.id.clone(), &event)
    }

    /// Has an event sent.
    pub(crate) fn queue(&mut self, place: Place, delivery: &Delivery) -> Result<(), ApiError> {
        self.plan(DELIVERIES, place, delivery)
    }

    /// An event was sent, or is given up.
    pub(crate) fn sent(&mut self, place: &Place, event: &str) -> Result<(), ApiError> {
        self.unplan(DELIVERIES, place)?;
        let known: Option<Event> = find(&self.transaction.open_table(EVENTS)?, event)?;
        let Some(mut known) = known else {
            return Ok(());
        };
        known.pending = known.pending.saturating_sub(1);
        self.put(EVENTS, event, &known)
    }

    /// An event could not be sent and will be tried again.
    pub(crate) fn requeue(
        &mut self,
        place: &Place,
        after: TimeDelta,
        delivery: &Delivery,
    ) -> Result<(), ApiError> {
        self.unplan(DELIVERIES, place)?;
        let at = millis(self.now() + after);
        self.queue((at, place.1.clone()), delivery)
    }

    /// Has something happen later. It may find that it does not apply any more.
    pub(crate) fn schedule(&mut self, after: TimeDelta, timer: &Timer) -> Result<(), ApiError> {
        let (Timer::Expire(id) | Timer::Settle(id)) = timer;
        let place = (millis(self.now() + after), id.clone());
        self.plan(TIMERS, place, timer)
    }

    /// It happened.
    pub(crate) fn unschedule(&mut self, place: &Place) -> Result<(), ApiError> {
        self.unplan(TIMERS, place)
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) -> Result<(), ApiError> {
        for things in [INTENTS, REFUNDS, EVENTS, KEYS, KEY_AGES, SETTINGS] {
            self.transaction.open_table(things)?.retain(|_, _| false)?;
        }
        for agenda in [DELIVERIES, TIMERS] {
            self.transaction.open_table(agenda)?.retain(|_, _| false)?;
        }
        Ok(())
    }

    fn put(&mut self, things: Things, id: &str, thing: &impl Serialize) -> Result<(), ApiError> {
        let mut table = self.transaction.open_table(things)?;
        table.insert(id, serde_json::to_vec(thing)?.as_slice())?;
        if table.len()? > self.limit {
            table.pop_first()?;
        }
        Ok(())
    }

    fn plan(
        &mut self,
        agenda: Agenda,
        (at, id): Place,
        item: &impl Serialize,
    ) -> Result<(), ApiError> {
        let mut table = self.transaction.open_table(agenda)?;
        table.insert((at, id.as_str()), serde_json::to_vec(item)?.as_slice())?;
        if table.len()? > self.limit {
            table.pop_first()?;
        }
        Ok(())
    }

    fn unplan(&mut self, agenda: Agenda, (at, id): &Place) -> Result<(), ApiError> {
        let mut table = self.transaction.open_table(agenda)?;
        table.remove((*at, id.as_str()))?;
        Ok(())
    }
}

/// Milliseconds since 1970.
pub(crate) fn millis(time: DateTime<Utc>) -> u64 {
    u64::try_from(time.timestamp_millis()).unwrap_or_default()
}
