//! The table `lookups`: what is read at the provider, now or later.

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use kernel::{PaymentId, RefundId};
use persistence::Error;
use uuid::Uuid;

use super::{Connection, Store, columns};
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

/// Schedules a lookup in `delay_ms`, or earlier if it was scheduled earlier. A worker that has it now
/// repeats it.
pub(crate) async fn schedule(
    mut conn: &Connection,
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

/// Ends a lookup; a hint that came meanwhile is followed at once.
pub(crate) async fn close(mut conn: &Connection, lookup: &Lookup) -> Result<(), Error> {
    let deleted = diesel::delete(lookups::table.find(lookup.id))
        .filter(lookups::hints.eq(lookup.hints))
        .execute(&mut conn)
        .await?;
    if deleted == 0 {
        postpone(conn, lookup, 0, None, 0).await?;
    }
    Ok(())
}

/// Repeats a lookup after a delay; a hint that came meanwhile is followed at once. `unusable` answers came
/// in a row.
pub(crate) async fn postpone(
    mut conn: &Connection,
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

impl Store {
    /// Leases lookups that are due, as operations are.
    pub(crate) async fn lease_lookups(
        &self,
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
        .get_results(&mut self.database.get().await?)
        .await?;
        leased.into_iter().map(Leased::into_lookup).collect()
    }

    /// Schedules lookups of holds that were made before `before` and have none yet; returns how many. At
    /// most some thousand at once.
    pub(crate) async fn watch_holds(&self, before: DateTime<Utc>) -> Result<usize, Error> {
        let watched = sql_query(
            "INSERT INTO lookups (id, payment_id, provider_reference, next_attempt_at)
             SELECT gen_random_uuid(), id, provider_reference, now() FROM payments p
             WHERE status = 'authorized' AND created_at < $1
               AND NOT EXISTS (SELECT FROM lookups l WHERE l.payment_id = p.id AND l.refund_id IS NULL)
             LIMIT 5000
             ON CONFLICT (payment_id, coalesce(refund_id, payment_id)) DO NOTHING",
        )
        .bind::<sql_types::Timestamptz, _>(before)
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(watched)
    }

    /// How many are due.
    pub(crate) async fn lookups_due(&self) -> Result<i64, Error> {
        let count = lookups::table
            .filter(lookups::next_attempt_at.le(diesel::dsl::now))
            .count()
            .get_result(&mut self.database.get().await?)
            .await?;
        Ok(count)
    }

    /// Gives a leased lookup back, to be tried again after a delay. `unusable` answers came in a row.
    pub(crate) async fn postpone_lookup(
        &self,
        lookup: &Lookup,
        delay_ms: u64,
        error: &str,
        unusable: i32,
    ) -> Result<(), Error> {
        let conn = self.database.get().await?;
        postpone(&conn, lookup, delay_ms, Some(error), unusable).await
    }

    /// Gives a lookup up; a hint that came meanwhile is followed at once.
    pub(crate) async fn give_up_lookup(&self, lookup: &Lookup) -> Result<(), Error> {
        close(&*self.database.get().await?, lookup).await
    }
}
