//! Every statement on the table `outbox`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::TraceContext;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Envelope, Outgoing};
use persistence::Error;
use uuid::Uuid;

use crate::schema::outbox;

/// A row that this relay has leased.
#[derive(QueryableByName)]
pub(crate) struct Leased {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
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

/// How much is waiting, for the gauges.
#[derive(QueryableByName)]
pub(crate) struct Backlog {
    #[diesel(sql_type = BigInt)]
    pub(crate) pending: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) refused: i64,
    #[diesel(sql_type = Double)]
    pub(crate) oldest_seconds: f64,
}

/// Takes the oldest free rows for `lease`, in one statement that commits at once, so
/// that no lock is held while they travel. Relays skip what others are taking.
///
/// The array makes PostgreSQL pick the rows once. As `IN (SELECT ..)` a plan that was
/// made for an empty table picks again for every row of it, and exceeds the limit.
pub(crate) async fn lease(
    conn: &mut AsyncPgConnection,
    limit: i64,
    lease: Duration,
) -> Result<Vec<Leased>, Error> {
    let mut rows: Vec<Leased> = sql_query(
        "UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $2)
         WHERE id = ANY (ARRAY(
             SELECT id FROM outbox
             WHERE leased_until IS NULL OR leased_until < clock_timestamp()
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
         ))
         RETURNING id, message_id, exchange, type AS message_type, source, subject,
                   traceparent, tracestate, data, created_at",
    )
    .bind::<BigInt, _>(limit)
    .bind::<Double, _>(lease.as_secs_f64())
    .load(conn)
    .await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Removes what the broker has confirmed.
pub(crate) async fn remove(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<(), Error> {
    diesel::delete(outbox::table.filter(outbox::id.eq_any(ids)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets a row that the broker did not take wait: a second, doubled with each failure
/// up to a minute.
pub(crate) async fn postpone(
    conn: &mut AsyncPgConnection,
    id: i64,
    error: &str,
) -> Result<(), Error> {
    sql_query(
        "UPDATE outbox SET failures = failures + 1, last_error = $2,
             leased_until = clock_timestamp()
                 + make_interval(secs => least(60, power(2, least(failures, 6))))
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(error)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives rows back at once, because the broker went away.
pub(crate) async fn release(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<(), Error> {
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids)))
        .set(outbox::leased_until.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts no further than a hundred thousand: more than that is a lot, too. The oldest is the one
/// that was written first, which an index tells.
pub(crate) async fn backlog(conn: &mut AsyncPgConnection) -> Result<Backlog, Error> {
    let backlog = sql_query(
        "SELECT count(*) AS pending,
                count(*) FILTER (WHERE failures > 0) AS refused,
                coalesce(extract(epoch FROM clock_timestamp()
                        - (SELECT created_at FROM outbox ORDER BY id LIMIT 1)), 0)
                    ::double precision AS oldest_seconds
         FROM (SELECT failures FROM outbox LIMIT 100000) AS counted",
    )
    .get_result(conn)
    .await?;
    Ok(backlog)
}
