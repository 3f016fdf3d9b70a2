use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Error, prepared};
use uuid::Uuid;

use super::Store;
use crate::domain::Event;
use crate::schema::{webhook_events, webhooks_not_understood};

/// Most webhooks that are kept because they are not understood. The oldest are deleted first.
const KEPT: i64 = 1_000;
/// Bytes of a kept payload; the rest is cut off.
const KEPT_BYTES: usize = 16 * 1024;

/// Records the event; false when it was recorded before.
pub(crate) async fn record(conn: &mut AsyncPgConnection, event: &Event) -> Result<bool, Error> {
    let recorded = diesel::insert_into(webhook_events::table)
        .values((
            webhook_events::id.eq(&event.id),
            webhook_events::type_.eq(&event.kind),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(recorded == 1)
}

impl Store {
    /// Keeps a webhook that is not understood, for staff.
    pub(crate) async fn keep_webhook(&self, problem: &str, payload: &[u8]) -> Result<(), Error> {
        let start = payload.get(..KEPT_BYTES).unwrap_or(payload);
        let conn = &mut self.database.get().await?;
        diesel::insert_into(webhooks_not_understood::table)
            .values((
                webhooks_not_understood::id.eq(Uuid::now_v7()),
                webhooks_not_understood::problem.eq(problem.replace('\0', "\u{fffd}")),
                webhooks_not_understood::payload
                    .eq(String::from_utf8_lossy(start).replace('\0', "\u{fffd}")),
                webhooks_not_understood::payload_bytes
                    .eq(i32::try_from(payload.len()).unwrap_or(i32::MAX)),
            ))
            .execute(conn)
            .await?;
        prepared(
            "DELETE FROM webhooks_not_understood WHERE id IN (
                 SELECT id FROM webhooks_not_understood ORDER BY id DESC OFFSET $1)",
        )
        .bind::<BigInt, _>(KEPT)
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Deletes some webhooks that were kept more than `days` days; returns how many.
    pub(crate) async fn sweep_kept_webhooks(&self, days: u32) -> Result<usize, Error> {
        self.delete_old("webhooks_not_understood", "received_at", days)
            .await
    }

    /// Deletes some events that arrived more than `days` days ago; returns how many.
    pub(crate) async fn sweep_webhooks(&self, days: u32) -> Result<usize, Error> {
        self.delete_old("webhook_events", "received_at", days).await
    }
}
