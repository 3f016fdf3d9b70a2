//! The table `lookups`: the intents and refunds to look up at the provider, now or later.

use std::time::Duration;

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, RefundId};
use leases::{By, Lease, Table};
use persistence::{Error, prepared};
use uuid::Uuid;

use super::{Store, columns, leased};
use crate::domain::Lookup;
use crate::schema::lookups;

const TABLE: Table = Table::new("lookups");

#[derive(QueryableByName)]
#[diesel(table_name = lookups, check_for_backend(diesel::pg::Pg))]
struct Leased {
    id: Uuid,
    payment_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    refund_id: Option<Uuid>,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = Text)]
    currency: String,
    provider_reference: String,
    attempts: i32,
    hinted_attempts: i32,
    unusable: i32,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
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
            lease: self.attempts,
            attempt: self.attempts.saturating_sub(self.hinted_attempts),
            unusable: self.unusable,
            trace: TraceContext::from_stored(self.traceparent, self.tracestate),
        })
    }
}

fn lease(lookup: &Lookup) -> Lease<Uuid> {
    Lease {
        key: lookup.id,
        attempt: lookup.lease,
    }
}

/// Schedules a lookup after `delay`, unless it is already due earlier. A lookup in progress is repeated afterwards, see
/// `leased.rs`.
pub(crate) async fn schedule(
    mut conn: &AsyncPgConnection,
    payment_id: PaymentId,
    refund_id: Option<RefundId>,
    reference: &str,
    delay: Duration,
) -> Result<(), Error> {
    prepared(
        "INSERT INTO lookups (id, payment_id, refund_id, provider_reference, next_attempt_at)
         VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
         ON CONFLICT (payment_id, coalesce(refund_id, payment_id)) DO UPDATE
         SET attempts = lookups.attempts + 1, hinted_attempts = lookups.attempts + 1,
             provider_reference = excluded.provider_reference,
             next_attempt_at = least(lookups.next_attempt_at, excluded.next_attempt_at)",
    )
    .bind::<SqlUuid, _>(Uuid::now_v7())
    .bind::<SqlUuid, _>(payment_id.as_uuid())
    .bind::<Nullable<SqlUuid>, _>(refund_id.map(RefundId::as_uuid))
    .bind::<Text, _>(reference)
    .bind::<Double, _>(delay.as_secs_f64())
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Deletes a lookup. If an event has scheduled it again meanwhile, the lookup is due at once instead.
pub(crate) async fn close(conn: &mut AsyncPgConnection, lookup: &Lookup) -> Result<(), Error> {
    let removed = TABLE.remove(lease(lookup), By::Holder, "true");
    match removed.execute(conn).await? {
        0 => leased::follow_hint(conn, TABLE, lease(lookup)).await,
        _ => Ok(()),
    }
}

/// Repeats a lookup after a delay, or at once if an event has scheduled it again meanwhile. `unusable` is the number
/// of unusable answers in a row.
pub(crate) async fn postpone(
    conn: &mut AsyncPgConnection,
    lookup: &Lookup,
    delay: Duration,
    error: Option<&str>,
    unusable: i32,
) -> Result<(), Error> {
    let more = ["unusable = $5"];
    let postponed = TABLE.postpone(lease(lookup), delay, error, &more);
    match postponed.bind::<Integer, _>(unusable).execute(conn).await? {
        0 => leased::follow_hint(conn, TABLE, lease(lookup)).await,
        _ => Ok(()),
    }
}

impl Store {
    /// Leases lookups that are due, at most `limit`, with the trace of the authorization.
    pub(crate) async fn lease_lookups(
        &self,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<Lookup>, Error> {
        let mut conn = self.database.get().await?;
        let select = "SELECT leased.*, p.order_id, p.amount_minor, p.currency,
                             o.traceparent, o.tracestate
                      FROM leased JOIN payments p
                          ON p.id = leased.payment_id AND p.amount_minor IS NOT NULL
                      LEFT JOIN operations o ON o.payment_id = p.id AND o.kind = 'authorize'
                          AND (o.outcome IS NULL OR o.outcome = 'done')";
        let leased: Vec<Leased> = TABLE.lease(&mut conn, limit, time, select).await?;
        leased.into_iter().map(Leased::into_lookup).collect()
    }

    /// See [`postpone`].
    pub(crate) async fn postpone_lookup(
        &self,
        lookup: &Lookup,
        delay: Duration,
        error: &str,
        unusable: i32,
    ) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        postpone(&mut conn, lookup, delay, Some(error), unusable).await
    }

    /// See [`close`].
    pub(crate) async fn close_lookup(&self, lookup: &Lookup) -> Result<(), Error> {
        close(&mut *self.database.get().await?, lookup).await
    }

    /// Schedules lookups of authorizations that were made before `before` and have none yet; returns how many,
    /// at most 5,000 per call.
    pub(crate) async fn watch_authorizations(&self, before: DateTime<Utc>) -> Result<usize, Error> {
        let watched = prepared(
            "INSERT INTO lookups (id, payment_id, provider_reference, next_attempt_at)
             SELECT gen_random_uuid(), id, provider_reference, now() FROM payments p
             WHERE status = 'authorized' AND created_at < $1
               AND NOT EXISTS (SELECT FROM lookups l WHERE l.payment_id = p.id AND l.refund_id IS NULL)
             LIMIT 5000
             ON CONFLICT (payment_id, coalesce(refund_id, payment_id)) DO NOTHING",
        )
        .bind::<Timestamptz, _>(before)
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(watched)
    }

    /// The number of due lookups.
    pub(crate) async fn lookups_due(&self) -> Result<i64, Error> {
        let count = lookups::table
            .filter(lookups::next_attempt_at.le(diesel::dsl::now))
            .count()
            .get_result(&mut self.database.get().await?)
            .await?;
        Ok(count)
    }
}
