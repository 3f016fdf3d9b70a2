//! Writes changes of orders: state, timeline and messages, with one statement per table for any number of
//! orders.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::messages::StockLine;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use super::codes::code;
use super::declines::insert_declines;
use super::discounts::give_back_uses;
use super::messages::{StockLines, lists_lines, messages};
use super::refunds::update_refunds;
use super::restore_cart::{LeftOut, restore_carts};
use super::rows::{int, quantity, sku};
use super::sagas::update_sagas;
use crate::domain::{
    Change, EndReason, Entry, Event, Order, Status, left_out_entry, timeline_entry,
};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::order_lines;

impl Store {
    /// Writes changes of orders that this transaction has locked. Changes of the same order must be in the
    /// order in which they happened.
    pub(crate) async fn save(
        &self,
        conn: &mut AsyncPgConnection,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let lines = stock_lines(conn, changes).await?;
        let left_out = restore_carts(conn, changes, now).await?;
        insert_declines(conn, changes, now).await?;
        // Independent statements are pipelined.
        let conn: &AsyncPgConnection = conn;
        tokio::try_join!(
            update_sagas(conn, changes, &self.timing, now),
            update_orders(conn, changes, now),
            update_refunds(conn, changes, &self.timing, now),
            insert_timeline(conn, changes, &left_out, now),
            enqueue(conn, changes, &lines, &self.timing, now),
        )?;
        // Last, because it locks the rows of codes.
        give_back_uses(conn, changes).await
    }

    /// Applies a decision about one locked order and writes it.
    pub(crate) async fn save_one(
        &self,
        conn: &mut AsyncPgConnection,
        mut order: Order,
        events: Vec<Event>,
        now: DateTime<Utc>,
    ) -> Result<Change, Failure> {
        order.apply(&events);
        let change = Change::new(order, events);
        self.save(conn, std::slice::from_ref(&change), now).await?;
        Ok(change)
    }
}

/// Writes the messages of changes to the outbox.
pub(super) async fn enqueue(
    conn: &AsyncPgConnection,
    changes: &[Change],
    lines: &StockLines,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let messages = messages(changes, lines, timing, now)?;
    Ok(messages.enqueue(conn).await?)
}

/// Inserts the timeline entries of changes, and of what the carts of rejected orders could not take back.
pub(super) async fn insert_timeline(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    left_out: &[LeftOut],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entries = changes.iter().flat_map(|Change { order, events, .. }| {
        let entries = events.iter().filter_map(timeline_entry);
        entries.map(|entry| (order.id.as_uuid(), entry))
    });
    let left_out = left_out
        .iter()
        .map(|left_out| (left_out.order.as_uuid(), left_out_entry(left_out.units)));
    let entries: Vec<(Uuid, Entry)> = entries.chain(left_out).collect();
    if entries.is_empty() {
        return Ok(());
    }
    prepared(
        "INSERT INTO order_events (order_id, at, service, kind, message)
         SELECT c.order_id, $5, c.service, c.kind, c.message
         FROM unnest($1, $2, $3, $4) AS c (order_id, service, kind, message)",
    )
    .bind::<Array<SqlUuid>, _>(each(&entries, |(order, _)| *order))
    .bind::<Array<Text>, _>(each(&entries, |(_, entry)| entry.service))
    .bind::<Array<Text>, _>(each(&entries, |(_, entry)| entry.kind.as_str()))
    .bind::<Array<Text>, _>(each(&entries, |(_, entry)| entry.message.as_str()))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

async fn update_orders(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let changed = changes
        .iter()
        .filter(|change| change.events.iter().any(Event::changes_order))
        .map(|change| (change.order.id, &change.order));
    let last: BTreeMap<_, _> = changed.collect();
    let orders: Vec<&Order> = last.into_values().collect();
    if orders.is_empty() {
        return Ok(());
    }
    let reason = |order: &&Order| {
        let undone = matches!(order.status, Status::Rejected | Status::Cancelled);
        order.end_reason.filter(|_| undone).map(EndReason::as_str)
    };
    prepared(
        "UPDATE orders o
         SET status = c.status, reason = c.reason, tracking_number = c.tracking_number,
             shipments = c.shipments, updated_at = $6
         FROM unnest($1, $2, $3, $4, $5) AS c (id, status, reason, tracking_number, shipments)
         WHERE o.id = c.id",
    )
    .bind::<Array<SqlUuid>, _>(each(&orders, |order| order.id.as_uuid()))
    .bind::<Array<Text>, _>(each(&orders, |order| code(order.status)))
    .bind::<Array<Nullable<Text>>, _>(each(&orders, reason))
    .bind::<Array<Nullable<Text>>, _>(each(&orders, |order| order.tracking_number.as_deref()))
    .bind::<Array<Integer>, _>(each(&orders, |order| int(order.shipments)))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// The lines of the orders whose messages list them.
async fn stock_lines(
    conn: &mut AsyncPgConnection,
    changes: &[Change],
) -> Result<StockLines, Failure> {
    let orders: Vec<Uuid> = changes
        .iter()
        .filter(|change| change.events.iter().any(lists_lines))
        .map(|change| change.order.id.as_uuid())
        .collect();
    let mut lines = StockLines::new();
    if orders.is_empty() {
        return Ok(lines);
    }
    let rows: Vec<(Uuid, String, i32)> = order_lines::table
        .filter(order_lines::order_id.eq_any(orders))
        .order((order_lines::order_id, order_lines::position))
        .select((
            order_lines::order_id,
            order_lines::sku,
            order_lines::quantity,
        ))
        .load(conn)
        .await?;
    for (order, text, units) in rows {
        lines.entry(order.into()).or_default().push(StockLine {
            sku: sku(text)?,
            quantity: quantity(units)?,
        });
    }
    Ok(lines)
}

/// One value of each row, to bind as the array of a column.
pub(super) fn each<'r, R, V>(rows: &'r [R], value: impl FnMut(&'r R) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
