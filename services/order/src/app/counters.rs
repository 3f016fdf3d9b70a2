//! Business metrics and the log of an order's timeline. Both come after the commit, so a transaction that
//! was rolled back and retried counts once; a process that dies in between counts less. The database has
//! the exact numbers.

use chrono::{DateTime, Utc};

use super::App;
use crate::domain::{Entry, Event, Order, SagaState, timeline_entry};
use crate::failure::Failure;
use crate::metrics::{
    Ended, ORDER_REFUNDS, ORDER_VALUE_MINOR_UNITS, ORDERS_CANCELLED, ORDERS_CONFIRMED,
    ORDERS_DELIVERED, ORDERS_PLACED, ORDERS_REJECTED, ORDERS_SHIPPED, Refund, SAGA,
    SAGA_STEPS_ASKED_AGAIN, SAGA_STEPS_GIVEN_UP, SAGAS_IN_FLIGHT, SAGAS_OLDEST_AGE, State, Valued,
};
use crate::store::{SagaCount, awaited};

/// The states of what is in flight.
const IN_FLIGHT: [(SagaState, State); 3] = [
    (SagaState::InFlight, State::InFlight),
    (SagaState::Stuck, State::Stuck),
    (SagaState::Compensating, State::Compensating),
];

/// Counts what happened to an order, and logs it.
pub(crate) fn count(order: &Order, events: &[Event], now: DateTime<Utc>) {
    for event in events {
        log(order, event);
        match event {
            Event::Placed => {
                ORDERS_PLACED.inc();
                worth(order, Valued::Placed);
            }
            Event::Confirmed => {
                ORDERS_CONFIRMED.inc();
                worth(order, Valued::Confirmed);
                took(order, Ended::Confirmed, now);
            }
            Event::Rejected(reason) => {
                ORDERS_REJECTED.of(*reason).inc();
                took(order, Ended::Rejected, now);
            }
            Event::Cancelled(by) => ORDERS_CANCELLED.of(*by).inc(),
            Event::Shipped => {
                ORDERS_SHIPPED.inc();
                worth(order, Valued::Shipped);
            }
            Event::Delivered => ORDERS_DELIVERED.inc(),
            Event::GivenUp(_) | Event::Abandoned(_) | Event::CompensatedByOperator(_) => {
                SAGA_STEPS_GIVEN_UP.inc();
            }
            Event::Refunded(_) => ORDER_REFUNDS.of(Refund::Succeeded).inc(),
            Event::RefundFailed { .. } => ORDER_REFUNDS.of(Refund::Failed).inc(),
            Event::RetriedByOperator(_) | Event::Requested { attempt: 2.., .. } => {
                SAGA_STEPS_ASKED_AGAIN.inc();
            }
            _ => {}
        }
    }
}

/// Logs what is in the timeline, so that an order's id leads through the logs too. Steps that went well
/// are only in the timeline.
fn log(order: &Order, event: &Event) {
    let entry = timeline_entry(event).filter(|_| !matches!(event, Event::Done(_)));
    if let Some(Entry { kind, message, .. }) = entry {
        tracing::info!(order_id = %order.id, kind, detail = message, "an order's timeline");
    }
}

fn took(order: &Order, outcome: Ended, now: DateTime<Utc>) {
    if let Ok(took) = (now - order.placed_at).to_std() {
        SAGA.of((outcome, order.waited_for_customer)).observe(took);
    }
}

fn worth(order: &Order, event: Valued) {
    let total = order.total;
    if let Ok(minor_units) = u64::try_from(total.minor_units()) {
        let series = ORDER_VALUE_MINOR_UNITS.of((event, total.currency().code()));
        series.add(minor_units);
    }
}

impl App {
    /// Publishes how many sagas are in flight, by step and state, and the age of the oldest.
    pub(crate) async fn count_sagas(&self) -> Result<(), Failure> {
        let counts = self.store.count_sagas().await?;
        for step in awaited() {
            for (state, label) in IN_FLIGHT {
                let is_this = |count: &&SagaCount| count.step == step && count.state == state;
                let count = counts.iter().find(is_this).map_or(0, |found| found.count);
                SAGAS_IN_FLIGHT.of((step, label)).set(count);
            }
        }
        let now = self.clock.now();
        let oldest = counts.iter().map(|count| count.oldest).min();
        let age = oldest.and_then(|since| (now - since).to_std().ok());
        SAGAS_OLDEST_AGE.set(age.unwrap_or_default());
        Ok(())
    }
}
