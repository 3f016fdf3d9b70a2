//! The table `orphan_intents`: intents that name a payment and are not its own.

use chassis::telemetry::TraceContext;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use kernel::PaymentId;
use persistence::Error;
use uuid::Uuid;

use super::{Connection, Store, columns};
use crate::domain::OrphanIntent;
use crate::schema::orphan_intents;

#[derive(QueryableByName)]
struct Leased {
    #[diesel(sql_type = sql_types::Text)]
    provider_reference: String,
    #[diesel(sql_type = sql_types::Uuid)]
    payment_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = sql_types::BigInt)]
    hints: i64,
    #[diesel(sql_type = sql_types::Integer)]
    attempts: i32,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    tracestate: Option<String>,
}

impl Store {
    /// Leases orphan intents that are due, as operations are.
    pub(crate) async fn lease_orphan_intents(
        &self,
        limit: usize,
        lease_ms: u64,
    ) -> Result<Vec<OrphanIntent>, Error> {
        let mut conn = self.database.get().await?;
        let leased: Vec<Leased> = sql_query(
            "UPDATE orphan_intents s
             SET attempts = s.attempts + 1,
                 leased_until = clock_timestamp() + make_interval(secs => $2)
             FROM payments p
             LEFT JOIN LATERAL (
                 SELECT traceparent, tracestate FROM operations
                 WHERE payment_id = p.id AND kind = 'authorize'
                   AND (outcome IS NULL OR outcome = 'done')
             ) o ON true
             WHERE p.id = s.payment_id AND p.provider_reference <> s.provider_reference
               AND s.provider_reference = ANY (ARRAY(
                   SELECT provider_reference FROM orphan_intents
                   WHERE next_attempt_at <= now()
                     AND (leased_until IS NULL OR leased_until <= clock_timestamp())
                   ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
               ))
             RETURNING s.provider_reference, s.payment_id, p.order_id, s.hints, s.attempts,
                       o.traceparent, o.tracestate",
        )
        .bind::<sql_types::BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind::<sql_types::Double, _>(columns::seconds(lease_ms))
        .get_results(&mut conn)
        .await?;
        let orphans = leased.into_iter().map(|leased| OrphanIntent {
            reference: leased.provider_reference,
            payment_id: leased.payment_id.into(),
            order_id: leased.order_id.into(),
            hints: leased.hints,
            attempt: leased.attempts,
            trace: TraceContext::from_stored(leased.traceparent, leased.tracestate),
        });
        Ok(orphans.collect())
    }

    /// Saves that the orphan was reported; false when it was before.
    pub(crate) async fn report_orphan_intent(&self, orphan: &OrphanIntent) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        let reported = diesel::update(orphan_intents::table.find(&orphan.reference))
            .filter(orphan_intents::reported_at.is_null())
            .set(orphan_intents::reported_at.eq(diesel::dsl::now))
            .execute(&mut conn)
            .await?;
        Ok(reported == 1)
    }

    /// The orphan is resolved; a hint that came meanwhile is followed at once.
    pub(crate) async fn close_orphan_intent(&self, orphan: &OrphanIntent) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        let deleted = diesel::delete(orphan_intents::table.find(&orphan.reference))
            .filter(orphan_intents::hints.eq(orphan.hints))
            .execute(&mut conn)
            .await?;
        if deleted == 0 {
            postpone(&mut conn, orphan, 0, None).await?;
        }
        Ok(())
    }

    /// Gives a leased orphan back, to be tried again after a delay.
    pub(crate) async fn postpone_orphan_intent(
        &self,
        orphan: &OrphanIntent,
        delay_ms: u64,
        error: &str,
    ) -> Result<(), Error> {
        postpone(
            &mut *self.database.get().await?,
            orphan,
            delay_ms,
            Some(error),
        )
        .await
    }
}

async fn postpone(
    conn: &mut Connection,
    orphan: &OrphanIntent,
    delay_ms: u64,
    error: Option<&str>,
) -> Result<(), Error> {
    sql_query(
        "UPDATE orphan_intents
         SET leased_until = NULL, last_error = $3,
             next_attempt_at = clock_timestamp() + make_interval(secs => $2)
         WHERE provider_reference = $1",
    )
    .bind::<sql_types::Text, _>(&orphan.reference)
    .bind::<sql_types::Double, _>(columns::seconds(delay_ms))
    .bind::<sql_types::Nullable<sql_types::Text>, _>(error)
    .execute(conn)
    .await?;
    Ok(())
}

/// Schedules the check of an intent that names the payment and is not its own.
pub(crate) async fn schedule(
    conn: &mut Connection,
    payment_id: PaymentId,
    reference: &str,
) -> Result<(), Error> {
    sql_query(
        "INSERT INTO orphan_intents (provider_reference, payment_id) VALUES ($1, $2)
         ON CONFLICT (provider_reference) DO UPDATE
         SET hints = orphan_intents.hints + 1,
             next_attempt_at = least(orphan_intents.next_attempt_at, excluded.next_attempt_at)",
    )
    .bind::<sql_types::Text, _>(reference)
    .bind::<sql_types::Uuid, _>(payment_id.as_uuid())
    .execute(conn)
    .await?;
    Ok(())
}
