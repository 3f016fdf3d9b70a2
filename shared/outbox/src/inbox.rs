//! Every statement on the table `inbox`.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, Error};
use uuid::Uuid;

use crate::config::OutboxConfig;
use crate::relay::LONGEST_STATEMENT;
use crate::schema::inbox;

const BATCH: i64 = 2_000;

/// Notes a message as handled; false says that it already was. Waits for a
/// concurrent transaction that is handling the same message.
pub(crate) async fn insert(
    conn: &mut AsyncPgConnection,
    queue: &str,
    message_id: Uuid,
) -> Result<bool, Error> {
    let inserted = diesel::insert_into(inbox::table)
        .values((inbox::queue.eq(queue), inbox::message_id.eq(message_id)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Deletes what is older than the retention time, a batch per statement. Replicas that do
/// it at once share the work.
pub(crate) async fn sweep(database: &Database, config: OutboxConfig) -> Result<usize, Error> {
    let mut deleted = 0;
    loop {
        let rows = database
            .within(LONGEST_STATEMENT, async |conn| {
                let rows = sql_query(
                    "DELETE FROM inbox WHERE ctid = ANY (ARRAY(
                         SELECT ctid FROM inbox
                         WHERE received_at < now() - make_interval(secs => $1)
                         LIMIT $2 FOR UPDATE SKIP LOCKED
                     ))",
                )
                .bind::<Double, _>(config.inbox_retention_seconds())
                .bind::<BigInt, _>(BATCH)
                .execute(conn)
                .await?;
                Ok::<_, Error>(rows)
            })
            .await?;
        deleted += rows;
        if rows == 0 {
            return Ok(deleted);
        }
    }
}
