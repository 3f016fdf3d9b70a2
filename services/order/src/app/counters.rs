//! Business metrics, and the log of the timeline. Both follow the commit: a transaction that is rolled back
//! and retried counts once, and a process that dies in between does not count. The database has the exact
//! numbers.

use chrono::{DateTime, Utc};

use super::App;
use crate::domain::{Change, Entry, Event, Order, SagaState, timeline_entry};
use crate::failure::Failure;
use crate::metrics::{
    Ended, ORDER_REFUNDS, ORDER_RETURNS, ORDER_VALUE_MINOR_UNITS, ORDERS_CANCELLED,
    ORDERS_CONFIRMED, ORDERS_DELIVERED, ORDERS_PLACED, ORDERS_REJECTED, ORDERS_SHIPPED, Refund,
    ReturnStep, SAGA, SAGA_STEPS_GIVEN_UP, SAGA_STEPS_RETRIED, SAGAS_IN_FLIGHT, SAGAS_OLDEST_AGE,
    State, Valued,
};
use crate::saga::Step;
use crate::store::{SagaCount, awaited, code};

/// The states of what is in flight.
const IN_FLIGHT: [(SagaState, State); 3] = [
    (SagaState::InFlight, State::InFlight),
    (SagaState::Stuck, State::Stuck),
    (SagaState::Compensating, State::Compensating),
];

/// Counts and logs a change that was committed at `now`, in the span that caused it.
pub(crate) fn count(change: &Change, now: DateTime<Utc>) {
    let Change {
        order,
        events,
        span,
    } = change;
    let _in_span = span.enter();
    for event in events {
        log(order, event, now);
        match event {
            Event::Placed => {
                ORDERS_PLACED.inc();
                add_value(order, Valued::Placed);
            }
            Event::Confirmed => {
                ORDERS_CONFIRMED.inc();
                add_value(order, Valued::Confirmed);
                observe_duration(order, Ended::Confirmed, now);
            }
            Event::Rejected(reason) => {
                ORDERS_REJECTED.of(*reason).inc();
                observe_duration(order, Ended::Rejected, now);
            }
            Event::Cancelled(by) => ORDERS_CANCELLED.of(*by).inc(),
            Event::Shipped => {
                ORDERS_SHIPPED.inc();
                add_value(order, Valued::Shipped);
            }
            Event::Delivered => ORDERS_DELIVERED.inc(),
            Event::GivenUp(_) | Event::Abandoned(_) | Event::CompensatedByOperator(_) => {
                SAGA_STEPS_GIVEN_UP.inc();
            }
            Event::Refunded(_) => ORDER_REFUNDS.of(Refund::Succeeded).inc(),
            Event::RefundFailed { .. } => ORDER_REFUNDS.of(Refund::Failed).inc(),
            Event::ReturnRequested(_) => ORDER_RETURNS.of(ReturnStep::Requested).inc(),
            Event::ReturnApproved { automatic, .. } => {
                let step = match automatic {
                    true => ReturnStep::ApprovedAutomatically,
                    false => ReturnStep::Approved,
                };
                ORDER_RETURNS.of(step).inc();
            }
            Event::ReturnRefused(_) => ORDER_RETURNS.of(ReturnStep::Refused).inc(),
            Event::ReturnWithdrawn(_) => ORDER_RETURNS.of(ReturnStep::Withdrawn).inc(),
            Event::RetriedByOperator(_) | Event::Requested { attempt: 2.., .. } => {
                SAGA_STEPS_RETRIED.inc();
            }
            _ => {}
        }
    }
}

/// Logs an entry of the timeline. If it ends a step, the line has the step, the service that did it, and
/// the time since the step was first requested; if it ends the checkout, the time since the order was placed.
fn log(order: &Order, event: &Event, now: DateTime<Utc>) {
    let Some(entry) = timeline_entry(event) else {
        return;
    };
    let Entry { service, kind, .. } = entry;
    let (step, since) = match event {
        Event::Done(step)
        | Event::Refused { step, .. }
        | Event::GivenUp(step)
        | Event::Abandoned(step) => (Some(code(*step)), Some(order.step_since)),
        Event::PaymentFailed(_) => (Some(code(Step::Authorize)), Some(order.step_since)),
        Event::Confirmed | Event::Rejected(_) => (Some("checkout"), Some(order.placed_at)),
        _ => (None, None),
    };
    let duration_ms = since.map(|since| (now - since).num_milliseconds());
    tracing::info!(
        order_id = %order.id,
        kind = kind.as_str(),
        step,
        by = service,
        duration_ms,
        detail = entry.message,
        "order timeline"
    );
}

fn observe_duration(order: &Order, outcome: Ended, now: DateTime<Utc>) {
    if let Ok(took) = (now - order.placed_at).to_std() {
        SAGA.of((outcome, order.waited_for_customer)).observe(took);
    }
}

fn add_value(order: &Order, event: Valued) {
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
