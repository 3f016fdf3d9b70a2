//! Writing what happened to an order: its state, its timeline and its messages.

use chrono::{DateTime, Utc};
use contracts::messages::StockLine;
use diesel::prelude::*;
use diesel::sql_types::{Array, SingleValue, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;

use super::rows::{SagaRow, int};
use super::send::send;
use super::words::word;
use crate::domain::event::Event;
use crate::domain::order::{Order, Status, Verdict};
use crate::domain::timeline::{self, Entry};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::{order_events, orders, sagas};

diesel::define_sql_function! {
    /// One row per element; several arrays in one SELECT go in step.
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

/// Writes what has happened to an order that was loaded in this transaction.
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
    let saga = saga_row(order, timing, now);
    diesel::update(sagas::table.find(saga.order_id))
        .set((
            sagas::status.eq(saga.status),
            sagas::step.eq(saga.step),
            sagas::reason.eq(saga.reason),
            sagas::attempts.eq(saga.attempts),
            sagas::next_attempt_at.eq(saga.next_attempt_at),
            sagas::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    if events.iter().any(is_of_the_order) {
        let verdict = order.verdict.map(Verdict::as_str);
        let undone = matches!(order.status, Status::Rejected | Status::Cancelled);
        diesel::update(orders::table.find(order.id.as_uuid()))
            .set((
                orders::status.eq(word(order.status)),
                orders::reason.eq(verdict.filter(|_| undone)),
                orders::tracking_number.eq(&order.tracking_number),
                orders::shipments.eq(int(order.shipments)),
                orders::updated_at.eq(now),
            ))
            .execute(conn)
            .await?;
    }
    follow_up(conn, order, events, None, timing, now).await
}

/// The timeline and the messages of the events.
pub(super) async fn follow_up(
    conn: &mut AsyncPgConnection,
    order: &Order,
    events: &[Event],
    lines: Option<&[StockLine]>,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entries: Vec<Entry> = events.iter().filter_map(timeline::entry).collect();
    note(conn, order.id, &entries, now).await?;
    for event in events {
        send(conn, order, event, lines, timing, now).await?;
    }
    Ok(())
}

/// Adds rows to the timeline, in one statement.
pub(super) async fn note(
    conn: &mut AsyncPgConnection,
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
        .execute(conn)
        .await?;
    Ok(())
}

/// The saga's row of an order as it is now.
pub(super) fn saga_row(order: &Order, timing: &Timing, now: DateTime<Utc>) -> SagaRow {
    let status = match (order.step, order.verdict) {
        (None, _) => "done",
        (Some(_), Some(_)) => "compensating",
        (Some(_), None) => "running",
    };
    SagaRow {
        order_id: order.id.as_uuid(),
        status: status.to_owned(),
        step: order.step.map(|step| word(step).to_owned()),
        reason: order.verdict.map(|verdict| verdict.as_str().to_owned()),
        attempts: int(order.attempts),
        next_attempt_at: order
            .step
            .map(|step| now + timing.wait(step, order.attempts)),
        updated_at: now,
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
