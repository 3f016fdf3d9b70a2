//! The table `orphan_intents`: intents that name a payment but are not the one it refers to.

use std::time::Duration;

use chassis::telemetry::TraceContext;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use leases::{By, Lease, Table};
use persistence::{Error, prepared};
use uuid::Uuid;

use super::{Store, leased};
use crate::domain::OrphanIntent;
use crate::schema::orphan_intents;

const TABLE: Table = Table::new("orphan_intents").key("provider_reference");

#[derive(QueryableByName)]
#[diesel(table_name = orphan_intents, check_for_backend(diesel::pg::Pg))]
struct Leased {
    provider_reference: String,
    payment_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    tracestate: Option<String>,
}

fn lease(orphan: &OrphanIntent) -> Lease<&str> {
    Lease {
        key: &orphan.reference,
        attempt: orphan.attempt,
    }
}

/// Schedules the check of an orphan intent. A check in progress is repeated, see `leased.rs`.
pub(crate) async fn schedule(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
    reference: &str,
) -> Result<(), Error> {
    prepared(
        "INSERT INTO orphan_intents (provider_reference, payment_id) VALUES ($1, $2)
         ON CONFLICT (provider_reference) DO UPDATE
         SET attempts = orphan_intents.attempts + 1,
             hinted_attempts = orphan_intents.attempts + 1,
             next_attempt_at = least(orphan_intents.next_attempt_at, excluded.next_attempt_at)",
    )
    .bind::<Text, _>(reference)
    .bind::<SqlUuid, _>(payment_id.as_uuid())
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// Leases orphan intents that are due, at most `limit`, with the trace of the authorization.
    pub(crate) async fn lease_orphan_intents(
        &self,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<OrphanIntent>, Error> {
        let mut conn = self.database.get().await?;
        let select = "SELECT leased.*, p.order_id, o.traceparent, o.tracestate
                      FROM leased JOIN payments p ON p.id = leased.payment_id
                          AND p.provider_reference <> leased.provider_reference
                      LEFT JOIN operations o ON o.payment_id = p.id AND o.kind = 'authorize'
                          AND (o.outcome IS NULL OR o.outcome = 'done')";
        let leased: Vec<Leased> = TABLE.lease(&mut conn, limit, time, select).await?;
        let orphans = leased.into_iter().map(|leased| OrphanIntent {
            reference: leased.provider_reference,
            payment_id: leased.payment_id.into(),
            order_id: leased.order_id.into(),
            attempt: leased.attempts,
            trace: TraceContext::from_stored(leased.traceparent, leased.tracestate),
        });
        Ok(orphans.collect())
    }

    /// Saves that the orphan was reported; false when it was reported before.
    pub(crate) async fn report_orphan_intent(&self, orphan: &OrphanIntent) -> Result<bool, Error> {
        let reported = diesel::update(orphan_intents::table.find(&orphan.reference))
            .filter(orphan_intents::reported_at.is_null())
            .set(orphan_intents::reported_at.eq(diesel::dsl::now))
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(reported == 1)
    }

    /// Deletes a resolved orphan; if a hint arrived meanwhile, it is due at once instead.
    pub(crate) async fn close_orphan_intent(&self, orphan: &OrphanIntent) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        let removed = TABLE.remove(lease(orphan), By::Holder, "true");
        match removed.execute(&mut conn).await? {
            0 => leased::follow_hint(&mut conn, TABLE, lease(orphan)).await,
            _ => Ok(()),
        }
    }

    /// Ends a lease, so that the orphan is retried after a delay.
    pub(crate) async fn postpone_orphan_intent(
        &self,
        orphan: &OrphanIntent,
        delay: Duration,
        error: &str,
    ) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        let postponed = TABLE.postpone(lease(orphan), delay, Some(error), &[]);
        match postponed.execute(&mut conn).await? {
            0 => leased::follow_hint(&mut conn, TABLE, lease(orphan)).await,
            _ => Ok(()),
        }
    }
}
