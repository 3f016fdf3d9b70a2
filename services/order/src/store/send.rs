//! Which message each event puts into the outbox.

use chrono::{DateTime, Utc};
use contracts::messages::{
    AuthorizePayment, CapturePayment, CommitReservation, OrderCancelled, OrderConfirmed,
    OrderDelivered, OrderPlaced, OrderRejected, OrderShipped, ReleaseStock, ReserveStock,
    StockLine, VoidPayment,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;

use super::rows::{quantity, sku};
use crate::domain::event::Event;
use crate::domain::order::Order;
use crate::failure::Failure;
use crate::saga::{Step, Timing};
use crate::schema::order_lines;

/// Writes the message that an event causes, if it causes one. `lines` saves reading them.
pub(super) async fn send(
    conn: &mut AsyncPgConnection,
    order: &Order,
    event: &Event,
    lines: Option<&[StockLine]>,
    timing: &Timing,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let (order_id, customer_id) = (order.id, order.customer_id);
    match event {
        Event::Asked { step, .. } => ask(conn, order, *step, lines, timing).await?,
        Event::Placed => {
            let message = OrderPlaced {
                order_id,
                customer_id,
                at,
                total: order.total,
                lines: of(conn, order_id, lines).await?,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Confirmed => {
            let message = OrderConfirmed {
                order_id,
                customer_id,
                at,
                total: order.total,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Rejected(reason) => {
            let message = OrderRejected {
                order_id,
                customer_id,
                at,
                reason: reason.as_str().to_owned(),
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Cancelled(by) => {
            let message = OrderCancelled {
                order_id,
                customer_id,
                at,
                reason: by.as_str().to_owned(),
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Shipped => {
            let message = OrderShipped {
                order_id,
                customer_id,
                at,
                tracking_number: order.tracking_number.clone().unwrap_or_default(),
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Delivered => {
            let message = OrderDelivered {
                order_id,
                customer_id,
                at,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Event::Done(_)
        | Event::Refused { .. }
        | Event::GivenUp(_)
        | Event::Failed(_)
        | Event::CancelRequested(_)
        | Event::ShipmentRequested { .. } => {}
    }
    Ok(())
}

async fn ask(
    conn: &mut AsyncPgConnection,
    order: &Order,
    step: Step,
    lines: Option<&[StockLine]>,
    timing: &Timing,
) -> Result<(), Failure> {
    let order_id = order.id;
    let (reservation_id, payment_id) = (order.reservation_id, order.payment_id);
    match step {
        Step::Reserve => {
            let message = ReserveStock {
                order_id,
                reservation_id,
                lines: of(conn, order_id, lines).await?,
                // The same each time it is asked for.
                expires_at: order.placed_at + timing.reservation(),
            };
            outbox::enqueue(conn, &message).await?;
        }
        Step::Authorize => {
            let message = AuthorizePayment {
                order_id,
                payment_id,
                customer_id: order.customer_id,
                amount: order.total,
                payment_method: order.payment_method.clone(),
            };
            outbox::enqueue(conn, &message).await?;
        }
        Step::Commit => {
            let message = CommitReservation {
                order_id,
                reservation_id,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Step::Capture => {
            let message = CapturePayment {
                order_id,
                payment_id,
                shipment: order.shipments,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Step::Void => {
            let message = VoidPayment {
                order_id,
                payment_id,
            };
            outbox::enqueue(conn, &message).await?;
        }
        Step::Release => {
            let message = ReleaseStock {
                order_id,
                reservation_id,
            };
            outbox::enqueue(conn, &message).await?;
        }
    }
    Ok(())
}

async fn of(
    conn: &mut AsyncPgConnection,
    order: OrderId,
    known: Option<&[StockLine]>,
) -> Result<Vec<StockLine>, Failure> {
    if let Some(lines) = known {
        return Ok(lines.to_vec());
    }
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
