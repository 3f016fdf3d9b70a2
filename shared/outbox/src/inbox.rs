//! The statements on the table `inbox`.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, Error, prepared};
use uuid::Uuid;

use crate::config::{LONGEST_STATEMENT, OutboxConfig};
use crate::incoming::Message;

const BATCH: i64 = 2_000;

#[derive(QueryableByName)]
struct New {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
}

/// Notes messages as handled and returns those that were not yet. Waits for concurrent
/// transactions that are handling the same ones; all take them in the order of their ids, so that
/// none waits in a circle.
pub(crate) async fn insert(
    conn: &mut AsyncPgConnection,
    queue: &str,
    messages: &[Message],
) -> Result<BTreeSet<Uuid>, Error> {
    let ids: BTreeSet<Uuid> = messages.iter().map(|message| message.envelope.id).collect();
    let new: Vec<New> = prepared(
        "INSERT INTO inbox (queue, message_id) SELECT $1, id FROM unnest($2) AS id
         ON CONFLICT DO NOTHING RETURNING message_id",
    )
    .bind::<Text, _>(queue)
    .bind::<Array<SqlUuid>, _>(ids.into_iter().collect::<Vec<_>>())
    .load(conn)
    .await?;
    Ok(new.into_iter().map(|row| row.message_id).collect())
}

/// Deletes rows older than the retention time, a batch per statement. Concurrent replicas share the
/// work.
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
