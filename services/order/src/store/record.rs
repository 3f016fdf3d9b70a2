//! Writing what happened to an order: its state, its timeline and its messages.

use chrono::{DateTime, Utc};
use contracts::messages::StockLine;
use diesel::prelude::*;
use diesel::sql_types::{Array, SingleValue, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;
use outbox::Messages;

use super::codes::code;
use super::rows::{SagaRow, int};
use super::send::{name_lines, send, stock_lines};
use crate::domain::{EndReason, Entry, Event, Order, Status, timeline_entry};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::{order_events, orders, sagas};

diesel::define_sql_function! {
    /// One row per element; several arrays in one SELECT go in step.
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

/// Writes what has happened to an order that was loaded in this transaction. The statements do not
/// wait for each other: they travel together.
pub(super) async fn record(
    conn: &mut AsyncPgConnection,
    order: &Order,
    events: &[Event],
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let lines = match name_lines(events) {
        true => stock_lines(conn, order.id).await?,
        false => Vec::new(),
    };
    let conn: &AsyncPgConnection = conn;
    tokio::try_join!(
        update_saga(conn, saga_row(order, timing, now), events),
        update_order(conn, order, events, now),
        follow_up(conn, order, events, &lines, timing, now),
    )?;
    Ok(())
}

/// The deadline is set with what is asked for; other news do not move it.
async fn update_saga(
    mut conn: &AsyncPgConnection,
    saga: SagaRow,
    events: &[Event],
) -> Result<(), Failure> {
    let sets_deadline = |event: &Event| {
        matches!(
            event,
            Event::Requested { .. } | Event::ActionRequired { .. }
        )
    };
    let deadline = saga.step.is_none() || events.iter().any(sets_deadline);
    let begins = |event: &Event| matches!(event, Event::Requested { attempt: 1, .. });
    let begins = events.iter().any(begins);
    diesel::update(sagas::table.find(saga.order_id))
        .set((
            sagas::status.eq(saga.status),
            sagas::step.eq(saga.step),
            sagas::reason.eq(saga.reason),
            sagas::attempts.eq(saga.attempts),
            deadline.then(|| sagas::next_attempt_at.eq(saga.next_attempt_at)),
            sagas::updated_at.eq(saga.updated_at),
            begins.then(|| sagas::since.eq(saga.since)),
            sagas::action_url.eq(saga.action_url),
            sagas::action_expires_at.eq(saga.action_expires_at),
            sagas::hold_expired.eq(saga.hold_expired),
            sagas::waited_for_customer.eq(saga.waited_for_customer),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

async fn update_order(
    mut conn: &AsyncPgConnection,
    order: &Order,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if !events.iter().any(is_of_the_order) {
        return Ok(());
    }
    let end_reason = order.end_reason.map(EndReason::as_str);
    let undone = matches!(order.status, Status::Rejected | Status::Cancelled);
    diesel::update(orders::table.find(order.id.as_uuid()))
        .set((
            orders::status.eq(code(order.status)),
            orders::reason.eq(end_reason.filter(|_| undone)),
            orders::tracking_number.eq(&order.tracking_number),
            orders::shipments.eq(int(order.shipments)),
            orders::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// The timeline and the messages of the events. `lines` are the order's when a message names them.
pub(super) async fn follow_up(
    conn: &AsyncPgConnection,
    order: &Order,
    events: &[Event],
    lines: &[StockLine],
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entries: Vec<Entry> = events.iter().filter_map(timeline_entry).collect();
    let mut messages = Messages::new();
    for event in events {
        send(&mut messages, order, event, lines, timing, now)?;
    }
    let enqueue = async { Ok(messages.enqueue(conn).await?) };
    tokio::try_join!(note(conn, order.id, &entries, now), enqueue)?;
    Ok(())
}

/// Adds rows to the timeline, in one statement.
pub(super) async fn note(
    mut conn: &AsyncPgConnection,
    order: OrderId,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let services: Vec<&str> = entries.iter().map(|entry| entry.service).collect();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind).collect();
    let messages: Vec<&str> = entries.iter().map(|entry| entry.message.as_str()).collect();
    // An array instead of a row per value: one prepared statement for any number of rows.
    diesel::insert_into(order_events::table)
        .values(diesel::select((
            order.as_uuid().into_sql::<diesel::sql_types::Uuid>(),
            now.into_sql::<Timestamptz>(),
            unnest::<Text, _>(services),
            unnest::<Text, _>(kinds),
            unnest::<Text, _>(messages),
        )))
        .into_columns((
            order_events::order_id,
            order_events::at,
            order_events::service,
            order_events::kind,
            order_events::message,
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// The saga's row of an order whose step was first asked for now.
pub(super) fn saga_row(order: &Order, timing: &Timing, now: DateTime<Utc>) -> SagaRow {
    let status = match (order.step, order.end_reason) {
        (None, _) => "done",
        (Some(_), Some(_)) => "compensating",
        (Some(_), None) => "running",
    };
    let action = order.action.as_ref();
    SagaRow {
        order_id: order.id.as_uuid(),
        status: status.to_owned(),
        step: order.step.map(|step| code(step).to_owned()),
        reason: order
            .end_reason
            .map(|end_reason| end_reason.key().to_owned()),
        attempts: int(order.attempts),
        next_attempt_at: order.step.map(|step| match action {
            Some(action) => action.expires_at,
            None => now + timing.wait(step, order.attempts),
        }),
        updated_at: now,
        since: now,
        action_url: action.map(|action| action.redirect_url.clone()),
        action_expires_at: action.map(|action| action.expires_at),
        hold_expired: order.hold_expired,
        waited_for_customer: order.waited_for_customer,
    }
}

/// Whether an event changes the order itself, and not only its saga.
fn is_of_the_order(event: &Event) -> bool {
    use crate::saga::Step::Capture;
    matches!(
        event,
        Event::ShipmentRequested { .. }
            | Event::Refused { step: Capture, .. }
            | Event::Confirmed
            | Event::Rejected(_)
            | Event::Cancelled(_)
            | Event::Shipped
            | Event::Delivered
    )
}
