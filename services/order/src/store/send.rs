//! Which message each event puts into the outbox.

use chrono::{DateTime, Utc};
use contracts::messages::{
    AuthorizePayment, CapturePayment, CommitReservation, OrderActionRequired, OrderCancelled,
    OrderConfirmed, OrderDelivered, OrderPlaced, OrderRejected, OrderShipped, ReleaseStock,
    ReserveStock, StockLine, VoidPayment,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;
use outbox::Messages;

use super::rows::{quantity, sku};
use crate::domain::{Event, Order};
use crate::failure::Failure;
use crate::saga::{Step, Timing};
use crate::schema::order_lines;

/// Whether a message of these events names the order's lines.
pub(super) fn name_lines(events: &[Event]) -> bool {
    let names = |event: &Event| match event {
        Event::Requested { step, .. } | Event::RetriedByOperator(step) => *step == Step::Reserve,
        event => *event == Event::Placed,
    };
    events.iter().any(names)
}

/// Adds the message that an event causes, if it causes one. `lines` are those of the order when the
/// message names them.
pub(super) fn send(
    messages: &mut Messages,
    order: &Order,
    event: &Event,
    lines: &[StockLine],
    timing: &Timing,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let (order_id, customer_id) = (order.id, order.customer_id);
    match event {
        Event::Requested { step, .. } | Event::RetriedByOperator(step) => {
            ask(messages, order, *step, lines, timing)?;
        }
        Event::Placed => {
            let message = OrderPlaced {
                order_id,
                customer_id,
                at,
                total: order.total,
                lines: lines.to_vec(),
            };
            messages.add(&message)?;
        }
        Event::ActionRequired { next, again: false } => {
            let message = OrderActionRequired {
                order_id,
                customer_id,
                at,
                expires_at: next.expires_at,
            };
            messages.add(&message)?;
        }
        Event::Confirmed => {
            let message = OrderConfirmed {
                order_id,
                customer_id,
                at,
                total: order.total,
            };
            messages.add(&message)?;
        }
        Event::Rejected(reason) => {
            let message = OrderRejected {
                order_id,
                customer_id,
                at,
                reason: reason.as_str().to_owned(),
            };
            messages.add(&message)?;
        }
        Event::Cancelled(by) => {
            let message = OrderCancelled {
                order_id,
                customer_id,
                at,
                reason: by.as_str().to_owned(),
            };
            messages.add(&message)?;
        }
        Event::Shipped => {
            let message = OrderShipped {
                order_id,
                customer_id,
                at,
                tracking_number: order.tracking_number.clone().unwrap_or_default(),
            };
            messages.add(&message)?;
        }
        Event::Delivered => {
            let message = OrderDelivered {
                order_id,
                customer_id,
                at,
            };
            messages.add(&message)?;
        }
        Event::Done(_)
        | Event::Refused { .. }
        | Event::ActionRequired { again: true, .. }
        | Event::AuthorizationExpired { .. }
        | Event::GivenUp(_)
        | Event::Abandoned(_)
        | Event::CompensatedByOperator(_)
        | Event::Failed(_)
        | Event::CancelRequested(_)
        | Event::ShipmentRequested { .. } => {}
    }
    Ok(())
}

fn ask(
    messages: &mut Messages,
    order: &Order,
    step: Step,
    lines: &[StockLine],
    timing: &Timing,
) -> Result<(), Failure> {
    let order_id = order.id;
    let (reservation_id, payment_id) = (order.reservation_id, order.payment_id);
    match step {
        Step::Reserve => {
            let message = ReserveStock {
                order_id,
                reservation_id,
                lines: lines.to_vec(),
                // The same each time it is asked for.
                expires_at: order.placed_at + timing.reservation(),
            };
            messages.add(&message)?;
        }
        Step::Authorize => {
            let message = AuthorizePayment {
                order_id,
                payment_id,
                customer_id: order.customer_id,
                amount: order.total,
                payment_method: order.payment_method.clone(),
            };
            messages.add(&message)?;
        }
        Step::Commit => {
            let message = CommitReservation {
                order_id,
                reservation_id,
            };
            messages.add(&message)?;
        }
        Step::Capture => {
            let message = CapturePayment {
                order_id,
                payment_id,
                shipment: order.shipments,
            };
            messages.add(&message)?;
        }
        Step::Void => {
            let message = VoidPayment {
                order_id,
                payment_id,
            };
            messages.add(&message)?;
        }
        Step::Release => {
            let message = ReleaseStock {
                order_id,
                reservation_id,
            };
            messages.add(&message)?;
        }
    }
    Ok(())
}

/// The order's lines as catalog knows them.
pub(super) async fn stock_lines(
    conn: &mut AsyncPgConnection,
    order: OrderId,
) -> Result<Vec<StockLine>, Failure> {
    let rows: Vec<(String, i32)> = order_lines::table
        .filter(order_lines::order_id.eq(order.as_uuid()))
        .order(order_lines::position)
        .select((order_lines::sku, order_lines::quantity))
        .load(conn)
        .await?;
    let lines: Result<_, diesel::result::Error> = rows
        .into_iter()
        .map(|(text, units)| {
            Ok(StockLine {
                sku: sku(text)?,
                quantity: quantity(units)?,
            })
        })
        .collect();
    Ok(lines?)
}
