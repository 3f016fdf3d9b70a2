//! The business metrics. They are counted after the commit, so a transaction that was rolled back and
//! tried again counts once; a process that dies in between counts less. The database has the exact
//! numbers.

use chrono::{DateTime, Utc};

use crate::domain::event::Event;
use crate::domain::order::Order;

/// Counts what happened to an order.
pub(crate) fn count(order: &Order, events: &[Event], now: DateTime<Utc>) {
    for event in events {
        let outcome = match event {
            Event::Placed => {
                metrics::counter!("orders_placed_total").increment(1);
                continue;
            }
            Event::Confirmed => {
                metrics::counter!("orders_confirmed_total").increment(1);
                "confirmed"
            }
            Event::Rejected(reason) => {
                metrics::counter!("orders_rejected_total", "reason" => reason.as_str())
                    .increment(1);
                "rejected"
            }
            Event::Cancelled(by) => {
                metrics::counter!("orders_cancelled_total", "reason" => by.as_str()).increment(1);
                continue;
            }
            Event::GivenUp(_) | Event::Abandoned(_) | Event::GivenUpByHand(_) => {
                metrics::counter!("saga_steps_given_up_total").increment(1);
                continue;
            }
            Event::AskedByHand(_) | Event::Asked { attempt: 2.., .. } => {
                metrics::counter!("saga_steps_asked_again_total").increment(1);
                continue;
            }
            _ => continue,
        };
        if let Ok(took) = (now - order.placed_at).to_std() {
            metrics::histogram!("saga_seconds", "outcome" => outcome).record(took);
        }
    }
}
