//! The table `reconciliation_intents`: the provider's intents, staged while a reconciliation runs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::PaymentId;
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::super::{Store, columns};
use crate::domain::{Intent, Ours, Run};
use crate::schema::reconciliation_intents;

/// Most staged rows that one statement deletes.
const CLEAR_BATCH: i64 = 10_000;

#[derive(QueryableByName, Serialize)]
#[diesel(table_name = reconciliation_intents, check_for_backend(diesel::pg::Pg))]
struct Row {
    reference: String,
    payment_id: Option<Uuid>,
    status: String,
    amount_minor: i64,
    currency: String,
    received_minor: i64,
    refunded_minor: i64,
    created_at: DateTime<Utc>,
    canceled_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
#[diesel(table_name = reconciliation_intents)]
struct Reference {
    reference: String,
}

impl Row {
    fn of(intent: &Intent) -> Self {
        Self {
            reference: intent.reference.clone(),
            payment_id: intent.payment_id.map(PaymentId::as_uuid),
            status: intent.status.clone(),
            amount_minor: intent.amount,
            currency: intent.currency.clone(),
            received_minor: intent.received,
            refunded_minor: intent.refunded,
            created_at: intent.created_at,
            canceled_at: intent.canceled_at,
        }
    }

    fn into_intent(self) -> Intent {
        Intent {
            reference: self.reference,
            payment_id: self.payment_id.map(Into::into),
            order_id: None,
            status: self.status,
            amount: self.amount_minor,
            currency: self.currency,
            received: self.received_minor,
            refunded: self.refunded_minor,
            created_at: self.created_at,
            canceled_at: self.canceled_at,
        }
    }
}

impl Store {
    /// Stages a page of intents. Idempotent.
    pub(crate) async fn stage_intents(&self, run: &Run, page: &[Intent]) -> Result<(), Error> {
        prepared(
            "INSERT INTO reconciliation_intents
                 (reconciliation_id, attempt, reference, payment_id, status, amount_minor, currency,
                  received_minor, refunded_minor, created_at, canceled_at)
             SELECT $1, $2, reference, payment_id, status, amount_minor, currency, received_minor,
                    refunded_minor, created_at, canceled_at
             FROM jsonb_populate_recordset(NULL::reconciliation_intents, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempts)
        .bind::<Jsonb, _>(columns::recordset(page.iter().map(Row::of))?)
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(())
    }

    /// Adds a page of refunds to the staged intents; returns the references of intents that are not staged. Not
    /// idempotent.
    pub(crate) async fn stage_refunds(
        &self,
        run: &Run,
        mut sums: BTreeMap<String, i64>,
    ) -> Result<impl Iterator<Item = String>, Error> {
        let references: Vec<&str> = sums.keys().map(String::as_str).collect();
        let amounts: Vec<i64> = sums.values().copied().collect();
        let updated: Vec<Reference> = prepared(
            "UPDATE reconciliation_intents i SET refunded_minor = i.refunded_minor + sum.amount
             FROM unnest($3, $4) AS sum (reference, amount)
             WHERE i.reconciliation_id = $1 AND i.attempt = $2 AND i.reference = sum.reference
             RETURNING i.reference",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempts)
        .bind::<Array<Text>, _>(references)
        .bind::<Array<BigInt>, _>(amounts)
        .get_results(&mut self.database.get().await?)
        .await?;
        for row in updated {
            sums.remove(&row.reference);
        }
        Ok(sums.into_keys())
    }

    /// The staged intents that name one of the payments, or that one refers to.
    pub(crate) async fn staged(&self, run: &Run, ours: &[Ours]) -> Result<Vec<Intent>, Error> {
        let ids: Vec<Uuid> = ours.iter().map(|payment| payment.id.as_uuid()).collect();
        let references = ours
            .iter()
            .filter_map(|payment| payment.reference.as_deref());
        let rows: Vec<Row> = prepared(
            "SELECT * FROM reconciliation_intents
             WHERE reconciliation_id = $1 AND attempt = $2 AND payment_id = ANY ($3)
             UNION
             SELECT * FROM reconciliation_intents
             WHERE reconciliation_id = $1 AND attempt = $2 AND reference = ANY ($4)",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempts)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Text>, _>(references.collect::<Vec<_>>())
        .get_results(&mut self.database.get().await?)
        .await?;
        Ok(rows.into_iter().map(Row::into_intent).collect())
    }

    /// Deletes what other runs and attempts staged.
    pub(crate) async fn clear_staged_by_others(&self, run: &Run) -> Result<(), Error> {
        self.clear("(reconciliation_id, attempt) <> ($1, $2)", run)
            .await
    }

    /// Deletes what this run staged, after it has ended.
    pub(crate) async fn clear_staged(&self, run: &Run) -> Result<(), Error> {
        self.clear("reconciliation_id = $1 AND attempt <= $2", run)
            .await
    }

    async fn clear(&self, filter: &str, run: &Run) -> Result<(), Error> {
        let sql = format!(
            "DELETE FROM reconciliation_intents WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM reconciliation_intents WHERE {filter} LIMIT $3))"
        );
        loop {
            let deleted = prepared(sql.clone())
                .bind::<SqlUuid, _>(run.id)
                .bind::<Integer, _>(run.attempts)
                .bind::<BigInt, _>(CLEAR_BATCH)
                .execute(&mut self.database.get().await?)
                .await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
