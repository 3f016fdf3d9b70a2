use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::Error;

use super::Store;
use crate::domain::Event;
use crate::schema::webhook_events;

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
    /// Deletes some events that arrived more than `days` days ago; returns how many.
    pub(crate) async fn sweep_webhooks(&self, days: u32) -> Result<usize, Error> {
        self.delete_old("webhook_events", "received_at", days).await
    }
}
