//! The table `lookups`: what is to be looked up at the provider.

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, RefundId};
use persistence::Error;
use uuid::Uuid;

use super::columns;
use crate::domain::Lookup;
use crate::schema::lookups;

#[derive(QueryableByName)]
struct Leased {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    payment_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    refund_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = sql_types::Text)]
    currency: String,
    #[diesel(sql_type = sql_types::Text)]
    provider_reference: String,
    #[diesel(sql_type = sql_types::BigInt)]
    hints: i64,
    #[diesel(sql_type = sql_types::Integer)]
    attempts: i32,
    #[diesel(sql_type = sql_types::Integer)]
    unusable: i32,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    tracestate: Option<String>,
}

impl Leased {
    fn into_lookup(self) -> Result<Lookup, Error> {
        Ok(Lookup {
            id: self.id,
            payment_id: self.payment_id.into(),
            order_id: self.order_id.into(),
            refund_id: self.refund_id.map(Into::into),
            amount: columns::money(self.amount_minor, &self.currency)?,
            reference: self.provider_reference,
            hints: self.hints,
            attempt: self.attempts,
            unusable: self.unusable,
            trace: TraceContext::from_stored(self.traceparent, self.tracestate),
        })
    }
}

/// Asks for a look in `delay_ms`. One that was asked for before is had by then, too, and a worker
/// that is at it now will look again.
pub(super) async fn schedule(
    mut conn: &AsyncPgConnection,
    payment_id: PaymentId,
    refund_id: Option<RefundId>,
    reference: &str,
    delay_ms: u64,
) -> Result<(), Error> {
    sql_query(
        "INSERT INTO lookups (id, payment_id, refund_id, provider_reference, next_attempt_at)
         VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
         ON CONFLICT (payment_id, coalesce(refund_id, payment_id)) DO UPDATE
         SET hints = lookups.hints + 1, attempts = 0,
             provider_reference = excluded.provider_reference,
             next_attempt_at = least(lookups.next_attempt_at, excluded.next_attempt_at)",
    )
    .bind::<sql_types::Uuid, _>(Uuid::now_v7())
    .bind::<sql_types::Uuid, _>(payment_id.as_uuid())
    .bind::<sql_types::Nullable<sql_types::Uuid>, _>(refund_id.map(RefundId::as_uuid))
    .bind::<sql_types::Text, _>(reference)
    .bind::<sql_types::Double, _>(columns::seconds(delay_ms))
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Asks for a look at holds that were made before `before` and that nobody watches yet; says at how
/// many. At most some thousand at once.
pub(super) async fn watch_holds(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
) -> Result<usize, Error> {
    let watched = sql_query(
        "INSERT INTO lookups (id, payment_id, provider_reference, next_attempt_at)
         SELECT gen_random_uuid(), id, provider_reference, now() FROM payments p
         WHERE status = 'authorized' AND created_at < $1
           AND NOT EXISTS (SELECT FROM lookups l WHERE l.payment_id = p.id AND l.refund_id IS NULL)
         LIMIT 5000
         ON CONFLICT (payment_id, coalesce(refund_id, payment_id)) DO NOTHING",
    )
    .bind::<sql_types::Timestamptz, _>(before)
    .execute(conn)
    .await?;
    Ok(watched)
}

/// Like `operations::lease`.
pub(super) async fn lease(
    conn: &mut AsyncPgConnection,
    limit: usize,
    lease_ms: u64,
) -> Result<Vec<Lookup>, Error> {
    let leased: Vec<Leased> = sql_query(
        "UPDATE lookups l
         SET attempts = l.attempts + 1,
             leased_until = clock_timestamp() + make_interval(secs => $2)
         FROM payments p
         LEFT JOIN LATERAL (
             SELECT traceparent, tracestate FROM operations
             WHERE payment_id = p.id AND kind = 'authorize'
               AND (outcome IS NULL OR outcome = 'done')
         ) o ON true
         WHERE p.id = l.payment_id AND p.amount_minor IS NOT NULL AND l.id = ANY (ARRAY(
             SELECT id FROM lookups
             WHERE next_attempt_at <= now()
               AND (leased_until IS NULL OR leased_until <= clock_timestamp())
             ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
         ))
         RETURNING l.id, l.payment_id, p.order_id, l.refund_id, p.amount_minor, p.currency,
                   l.provider_reference, l.hints, l.attempts, l.unusable,
                   o.traceparent, o.tracestate",
    )
    .bind::<sql_types::BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
    .bind::<sql_types::Double, _>(columns::seconds(lease_ms))
    .get_results(conn)
    .await?;
    leased.into_iter().map(Leased::into_lookup).collect()
}

/// Nothing is awaited any more; a hint that came meanwhile is looked into at once.
pub(super) async fn close(mut conn: &AsyncPgConnection, lookup: &Lookup) -> Result<(), Error> {
    let deleted = diesel::delete(lookups::table.find(lookup.id))
        .filter(lookups::hints.eq(lookup.hints))
        .execute(&mut conn)
        .await?;
    if deleted == 0 {
        put_off(conn, lookup, 0, None, 0).await?;
    }
    Ok(())
}

/// Looks again after a delay; a hint that came meanwhile is looked into at once. `unusable` answers
/// came in a row.
pub(super) async fn put_off(
    mut conn: &AsyncPgConnection,
    lookup: &Lookup,
    delay_ms: u64,
    error: Option<&str>,
    unusable: i32,
) -> Result<(), Error> {
    sql_query(
        "UPDATE lookups
         SET leased_until = NULL, last_error = $4, unusable = $5,
             next_attempt_at = clock_timestamp()
                 + CASE WHEN hints = $2 THEN make_interval(secs => $3) ELSE interval '0' END
         WHERE id = $1",
    )
    .bind::<sql_types::Uuid, _>(lookup.id)
    .bind::<sql_types::BigInt, _>(lookup.hints)
    .bind::<sql_types::Double, _>(columns::seconds(delay_ms))
    .bind::<sql_types::Nullable<sql_types::Text>, _>(error)
    .bind::<sql_types::Integer, _>(unusable)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// How many are due and wait for a worker.
pub(super) async fn due(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    let count = lookups::table
        .filter(lookups::next_attempt_at.le(diesel::dsl::now))
        .count()
        .get_result(conn)
        .await?;
    Ok(count)
}
