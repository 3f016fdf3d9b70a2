//! Every statement on the table `inbox`.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, Error};
use uuid::Uuid;

use crate::schema::inbox;

const RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);
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

/// Deletes what is older than the retention time, a batch per statement.
pub(crate) async fn sweep(database: &Database) -> Result<usize, Error> {
    let mut deleted = 0;
    loop {
        let mut conn = database.get().await?;
        let rows = sql_query(
            "DELETE FROM inbox WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM inbox
                 WHERE received_at < now() - make_interval(secs => $1)
                 LIMIT $2 FOR UPDATE SKIP LOCKED
             ))",
        )
        .bind::<Double, _>(RETENTION.as_secs_f64())
        .bind::<BigInt, _>(BATCH)
        .execute(&mut conn)
        .await?;
        deleted += rows;
        if rows == 0 {
            return Ok(deleted);
        }
    }
}
