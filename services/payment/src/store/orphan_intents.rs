//! The table `stray_intents`: intents that name a payment and are not its own.

use chassis::telemetry::TraceContext;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::Error;
use uuid::Uuid;

use super::{Store, columns, lookups};
use crate::domain::{Answer, OrphanIntent, Payment, Task};
use crate::schema::stray_intents;

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
    /// Leases strays that are due, as [`Store::lease`] does operations.
    pub(crate) async fn lease_orphan_intents(
        &self,
        limit: usize,
        lease_ms: u64,
    ) -> Result<Vec<OrphanIntent>, Error> {
        let mut conn = self.database.get().await?;
        let leased: Vec<Leased> = sql_query(
            "UPDATE stray_intents s
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
                   SELECT provider_reference FROM stray_intents
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
        let strays = leased.into_iter().map(|leased| OrphanIntent {
            reference: leased.provider_reference,
            payment_id: leased.payment_id.into(),
            order_id: leased.order_id.into(),
            hints: leased.hints,
            attempt: leased.attempts,
            trace: TraceContext::from_stored(leased.traceparent, leased.tracestate),
        });
        Ok(strays.collect())
    }

    /// Notes that the stray was reported; false says that it was before.
    pub(crate) async fn report_orphan_intent(&self, stray: &OrphanIntent) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        let reported = diesel::update(stray_intents::table.find(&stray.reference))
            .filter(stray_intents::reported_at.is_null())
            .set(stray_intents::reported_at.eq(diesel::dsl::now))
            .execute(&mut conn)
            .await?;
        Ok(reported == 1)
    }

    /// The stray is none any more; a hint that came meanwhile is looked into at once.
    pub(crate) async fn close_orphan_intent(&self, stray: &OrphanIntent) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        let deleted = diesel::delete(stray_intents::table.find(&stray.reference))
            .filter(stray_intents::hints.eq(stray.hints))
            .execute(&mut conn)
            .await?;
        if deleted == 0 {
            put_off(&mut conn, stray, 0, None).await?;
        }
        Ok(())
    }

    /// Gives a leased stray back, to be tried again after a delay.
    pub(crate) async fn postpone_orphan_intent(
        &self,
        stray: &OrphanIntent,
        delay_ms: u64,
        error: &str,
    ) -> Result<(), Error> {
        put_off(
            &mut *self.database.get().await?,
            stray,
            delay_ms,
            Some(error),
        )
        .await
    }
}

async fn put_off(
    conn: &mut AsyncPgConnection,
    stray: &OrphanIntent,
    delay_ms: u64,
    error: Option<&str>,
) -> Result<(), Error> {
    sql_query(
        "UPDATE stray_intents
         SET leased_until = NULL, last_error = $3,
             next_attempt_at = clock_timestamp() + make_interval(secs => $2)
         WHERE provider_reference = $1",
    )
    .bind::<sql_types::Text, _>(&stray.reference)
    .bind::<sql_types::Double, _>(columns::seconds(delay_ms))
    .bind::<sql_types::Nullable<sql_types::Text>, _>(error)
    .execute(conn)
    .await?;
    Ok(())
}

/// Has an intent looked at that names the payment and is not its own.
pub(super) async fn schedule(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
    reference: &str,
) -> Result<(), Error> {
    sql_query(
        "INSERT INTO stray_intents (provider_reference, payment_id) VALUES ($1, $2)
         ON CONFLICT (provider_reference) DO UPDATE
         SET hints = stray_intents.hints + 1,
             next_attempt_at = least(stray_intents.next_attempt_at, excluded.next_attempt_at)",
    )
    .bind::<sql_types::Text, _>(reference)
    .bind::<sql_types::Uuid, _>(payment_id.as_uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// Looks into the answer to an authorization that had another outcome before: its intent may be a
/// second one.
pub(super) async fn suspect(
    conn: &mut AsyncPgConnection,
    payment: Option<&Payment>,
    task: Task,
    answer: &Answer,
) -> Result<(), Error> {
    let (Answer::Done { reference } | Answer::ActionRequired { reference, .. }) = answer else {
        return Ok(());
    };
    let (Some(payment), Task::Authorize) = (payment, task) else {
        return Ok(());
    };
    match &payment.reference {
        Some(known) if known == reference => Ok(()),
        Some(_) => schedule(conn, payment.id, reference).await,
        None => lookups::schedule(conn, payment.id, None, reference, 0).await,
    }
}
