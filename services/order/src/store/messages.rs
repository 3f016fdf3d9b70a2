//! The message of each event, for the outbox.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::messages::{
    AuthorizePayment, CapturePayment, CommitReservation, OrderActionRequired, OrderCancelled,
    OrderConfirmed, OrderDelivered, OrderPlaced, OrderRefunded, OrderRejected, OrderReturnApproved,
    OrderReturnRefused, OrderReturnRequested, OrderShipped, RefundPayment, ReleaseStock,
    ReserveStock, StockLine, VoidPayment,
};
use kernel::OrderId;
use outbox::Messages;
use persistence::Error;

use crate::domain::{Change, Event, Order, Refund};
use crate::saga::{Step, Timing};

/// The lines of orders, as catalog needs them.
pub(super) type StockLines = HashMap<OrderId, Vec<StockLine>>;

/// Whether the message of an event lists the order's lines.
pub(super) fn lists_lines(event: &Event) -> bool {
    match event {
        Event::Requested { step, .. } | Event::RetriedByOperator(step) => *step == Step::Reserve,
        event => *event == Event::Placed,
    }
}

/// The messages of changes, each in the trace of its change. `lines` has the orders whose messages list
/// lines.
pub(super) fn messages(
    changes: &[Change],
    lines: &StockLines,
    timing: &Timing,
    at: DateTime<Utc>,
) -> Result<Messages, Error> {
    let mut messages = Messages::new();
    for Change {
        order,
        events,
        span,
    } in changes
    {
        let lines = lines.get(&order.id).map_or(&[][..], Vec::as_slice);
        span.in_scope(|| {
            let mut events = events.iter();
            events.try_for_each(|event| add(&mut messages, order, event, lines, timing, at))
        })?;
    }
    Ok(messages)
}

fn add(
    messages: &mut Messages,
    order: &Order,
    event: &Event,
    lines: &[StockLine],
    timing: &Timing,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let (order_id, customer_id) = (order.id, order.customer_id);
    match event {
        Event::Requested { step, .. } | Event::RetriedByOperator(step) => {
            command(messages, order, *step, lines, timing)
        }
        Event::Placed => messages.add(&OrderPlaced {
            order_id,
            customer_id,
            at,
            total: order.total,
            lines: lines.to_vec(),
        }),
        Event::ActionRequired { next, again: false } => messages.add(&OrderActionRequired {
            order_id,
            customer_id,
            at,
            expires_at: next.expires_at,
        }),
        Event::Confirmed => messages.add(&OrderConfirmed {
            order_id,
            customer_id,
            at,
            total: order.total,
        }),
        Event::Rejected(reason) => messages.add(&OrderRejected {
            order_id,
            customer_id,
            at,
            reason: reason.as_str().to_owned(),
        }),
        Event::Cancelled(reason) => messages.add(&OrderCancelled {
            order_id,
            customer_id,
            at,
            reason: reason.as_str().to_owned(),
        }),
        Event::Shipped => messages.add(&OrderShipped {
            order_id,
            customer_id,
            at,
            tracking_number: order.tracking_number.clone().unwrap_or_default(),
        }),
        Event::Delivered => messages.add(&OrderDelivered {
            order_id,
            customer_id,
            at,
        }),
        Event::RefundRequested(refund) => refund_payment(messages, order, refund),
        Event::RefundsRetriedByOperator(refunds) => {
            let mut refunds = refunds.iter();
            refunds.try_for_each(|refund| refund_payment(messages, order, refund))
        }
        Event::Refunded(refund) => messages.add(&OrderRefunded {
            order_id,
            customer_id,
            at,
            refund_id: refund.id,
            amount: refund.amount,
        }),
        Event::ReturnRequested(return_id) => messages.add(&OrderReturnRequested {
            order_id,
            customer_id,
            at,
            return_id: *return_id,
        }),
        Event::ReturnApproved { id, amount, .. } => messages.add(&OrderReturnApproved {
            order_id,
            customer_id,
            at,
            return_id: *id,
            amount: *amount,
        }),
        Event::ReturnRefused(return_id) => messages.add(&OrderReturnRefused {
            order_id,
            customer_id,
            at,
            return_id: *return_id,
        }),
        Event::Done(_)
        | Event::CardDeclined { .. }
        | Event::Refused { .. }
        | Event::PaymentFailed(_)
        | Event::ActionRequired { again: true, .. }
        | Event::AuthorizationExpired { .. }
        | Event::GivenUp(_)
        | Event::Abandoned(_)
        | Event::CompensatedByOperator(_)
        | Event::Failed(_)
        | Event::CancelRequested(_)
        | Event::ShipmentRequested { .. }
        | Event::ReturnWithdrawn(_)
        | Event::RefundFailed { .. } => Ok(()),
    }
}

/// The command of a step.
fn command(
    messages: &mut Messages,
    order: &Order,
    step: Step,
    lines: &[StockLine],
    timing: &Timing,
) -> Result<(), Error> {
    let order_id = order.id;
    let (reservation_id, payment_id) = (order.reservation_id, order.payment_id);
    match step {
        Step::Reserve => messages.add(&ReserveStock {
            order_id,
            reservation_id,
            lines: lines.to_vec(),
            // The same in each attempt.
            expires_at: order.placed_at + timing.reservation(),
        }),
        Step::Authorize => messages.add(&AuthorizePayment {
            order_id,
            payment_id,
            customer_id: order.customer_id,
            amount: order.total,
            payment_method: order.payment_method.clone(),
        }),
        Step::Commit => messages.add(&CommitReservation {
            order_id,
            reservation_id,
        }),
        Step::Capture => messages.add(&CapturePayment {
            order_id,
            payment_id,
            shipment: order.shipments,
        }),
        Step::Void => messages.add(&VoidPayment {
            order_id,
            payment_id,
        }),
        Step::Release => messages.add(&ReleaseStock {
            order_id,
            reservation_id,
        }),
    }
}

fn refund_payment(messages: &mut Messages, order: &Order, refund: &Refund) -> Result<(), Error> {
    messages.add(&RefundPayment {
        order_id: order.id,
        payment_id: order.payment_id,
        refund_id: refund.id,
        amount: refund.amount,
    })
}
