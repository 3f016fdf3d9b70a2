//! Leased rows that a hint, for example a webhook, may reschedule while a worker has them.
//!
//! A hint increments `attempts` and records the number in `hinted_attempts`. The worker that holds the lease
//! can then neither finish nor postpone the row. It ends its lease instead, and the row is due at once.

use diesel::pg::Pg;
use diesel::sql_types::HasSqlType;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use leases::{By, Key, Lease, Table};
use persistence::Error;

/// Ends the lease if a hint arrived and no other worker has leased the row since.
pub(super) async fn follow_hint<K: Key>(
    conn: &mut AsyncPgConnection,
    table: Table,
    lease: Lease<K>,
) -> Result<(), Error>
where
    Pg: HasSqlType<K::Sql>,
{
    table
        .open("attempts = hinted_attempts")
        .finish(lease, By::Anyone, "next_attempt_at = clock_timestamp()")
        .execute(conn)
        .await?;
    Ok(())
}
