//! The business metrics. They are counted after the commit, so a transaction that was rolled back and
//! tried again counts once; a process that dies in between counts less. The database has the exact
//! numbers.

use chrono::{DateTime, Utc};
use instruments::order::{
    ORDER_VALUE_MINOR_UNITS, ORDERS_CANCELLED, ORDERS_CONFIRMED, ORDERS_DELIVERED, ORDERS_PLACED,
    ORDERS_REJECTED, ORDERS_SHIPPED, SAGA, SAGA_STEPS_ASKED_AGAIN, SAGA_STEPS_GIVEN_UP,
};

use crate::domain::event::Event;
use crate::domain::order::Order;

/// Counts what happened to an order.
pub(crate) fn count(order: &Order, events: &[Event], now: DateTime<Utc>) {
    for event in events {
        match event {
            Event::Placed => {
                ORDERS_PLACED.inc();
                worth(order, "placed");
            }
            Event::Confirmed => {
                ORDERS_CONFIRMED.inc();
                worth(order, "confirmed");
                took(order, "confirmed", now);
            }
            Event::Rejected(reason) => {
                ORDERS_REJECTED.of([reason.as_str()]).inc();
                took(order, "rejected", now);
            }
            Event::Cancelled(by) => ORDERS_CANCELLED.of([by.as_str()]).inc(),
            Event::Shipped => {
                ORDERS_SHIPPED.inc();
                worth(order, "shipped");
            }
            Event::Delivered => ORDERS_DELIVERED.inc(),
            Event::GivenUp(_) | Event::Abandoned(_) | Event::GivenUpByHand(_) => {
                SAGA_STEPS_GIVEN_UP.inc();
            }
            Event::AskedByHand(_) | Event::Asked { attempt: 2.., .. } => {
                SAGA_STEPS_ASKED_AGAIN.inc();
            }
            _ => {}
        }
    }
}

fn took(order: &Order, outcome: &'static str, now: DateTime<Utc>) {
    if let Ok(took) = (now - order.placed_at).to_std() {
        SAGA.of([outcome]).observe(took);
    }
}

fn worth(order: &Order, event: &'static str) {
    let total = order.total;
    if let Ok(minor_units) = u64::try_from(total.minor_units()) {
        let series = ORDER_VALUE_MINOR_UNITS.of([event, total.currency().code()]);
        series.add(minor_units);
    }
}
