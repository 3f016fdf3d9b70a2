//! The statements on the table `outbox`.

use chrono::{DateTime, Utc};
use contracts::TraceContext;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use leases::{Lease, Table};
use messaging::{Envelope, Outgoing};
use persistence::Error;
use uuid::Uuid;

use crate::schema::outbox;

/// Leased in order of age, oldest first.
pub(crate) const OUTBOX: Table = Table::new("outbox").order("id");

/// Selects [`Leased`] from leased rows.
pub(crate) const LEASED: &str = "SELECT id, attempts, message_id, exchange, type AS message_type,
    source, subject, traceparent, tracestate, data, created_at FROM leased ORDER BY id";

/// A row leased by this relay.
#[derive(QueryableByName)]
pub(crate) struct Leased {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = Text)]
    exchange: String,
    #[diesel(sql_type = Text)]
    message_type: String,
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    tracestate: Option<String>,
    #[diesel(sql_type = Text)]
    data: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

impl Leased {
    pub(crate) fn lease(&self) -> Lease<i64> {
        Lease {
            key: self.id,
            attempt: self.attempts,
        }
    }

    pub(crate) fn into_outgoing(self) -> Outgoing {
        Outgoing {
            exchange: self.exchange,
            envelope: Envelope {
                id: self.message_id,
                source: self.source,
                message_type: self.message_type,
                subject: self.subject,
                time: self.created_at,
                trace: TraceContext::from_stored(self.traceparent, self.tracestate),
                data: self.data.into_bytes(),
            },
        }
    }
}

/// The size of the backlog, for the gauges.
#[derive(QueryableByName)]
pub(crate) struct Backlog {
    #[diesel(sql_type = BigInt)]
    pub(crate) pending: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) refused: i64,
    #[diesel(sql_type = Double)]
    pub(crate) oldest_seconds: f64,
}

/// Deletes confirmed messages.
pub(crate) async fn remove(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<(), Error> {
    diesel::delete(outbox::table.filter(outbox::id.eq_any(ids)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Releases leases at once, because the broker became unreachable.
pub(crate) async fn release(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<(), Error> {
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids)))
        .set(outbox::leased_until.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts at most 100,000 rows, to bound the cost. The oldest row is found by the index on `id`.
pub(crate) async fn backlog(conn: &mut AsyncPgConnection) -> Result<Backlog, Error> {
    let backlog = sql_query(
        "SELECT count(*) AS pending,
                count(last_error) AS refused,
                coalesce(extract(epoch FROM clock_timestamp()
                        - (SELECT created_at FROM outbox ORDER BY id LIMIT 1)), 0)
                    ::double precision AS oldest_seconds
         FROM (SELECT last_error FROM outbox LIMIT 100000) AS counted",
    )
    .get_result(conn)
    .await?;
    Ok(backlog)
}
