use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use super::save::each;
use crate::domain::{Change, Entry, TimelineRecord, timeline_entry};
use crate::failure::Failure;
use crate::schema::order_events;

/// Rows of a timeline that are shown.
const SHOWN: i64 = 200;

impl Store {
    /// What happened to an order, oldest first.
    pub(crate) async fn timeline(&self, id: OrderId) -> Result<Vec<TimelineRecord>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<(DateTime<Utc>, String, String, String)> = order_events::table
            .filter(order_events::order_id.eq(id.as_uuid()))
            .order(order_events::id)
            .limit(SHOWN)
            .select((
                order_events::at,
                order_events::service,
                order_events::kind,
                order_events::message,
            ))
            .load(&mut conn)
            .await?;
        let record = |(at, service, kind, message)| TimelineRecord {
            at,
            service,
            kind,
            message,
        };
        Ok(rows.into_iter().map(record).collect())
    }
}

/// Adds the rows of changes.
pub(super) async fn insert_timeline(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entries = changes.iter().flat_map(|Change { order, events, .. }| {
        let entries = events.iter().filter_map(timeline_entry);
        entries.map(|entry| (order.id.as_uuid(), entry))
    });
    let entries: Vec<(Uuid, Entry)> = entries.collect();
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
    .bind::<Array<Text>, _>(each(&entries, |(_, entry)| entry.kind))
    .bind::<Array<Text>, _>(each(&entries, |(_, entry)| entry.message.as_str()))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}
