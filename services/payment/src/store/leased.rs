//! Leased work to which hints may come while a worker has it.
//!
//! A hint takes a number of `attempts` for itself and notes it in `hinted_attempts`. The worker that holds
//! the lease can then neither finish nor postpone the row; it ends its lease, and the row is due at once.

use diesel::pg::Pg;
use diesel::sql_types::HasSqlType;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use leases::{By, Key, Lease, Table};
use persistence::Error;

/// Ends the lease if a hint came and no other worker has leased the row since.
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
