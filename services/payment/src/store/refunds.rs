use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Jsonb;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, RefundId};
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::columns;
use crate::domain::{Refund, RefundStatus};
use crate::schema::refunds;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = refunds)]
struct Row {
    id: Uuid,
    payment_id: Uuid,
    amount_minor: i64,
    currency: String,
    status: String,
    failure_code: Option<String>,
    provider_reference: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn of(refund: &Refund, now: DateTime<Utc>) -> Self {
        let (status, failure_code) = match &refund.status {
            RefundStatus::Requested => ("requested", None),
            RefundStatus::Succeeded => ("succeeded", None),
            RefundStatus::Failed(code) => ("failed", Some(code.clone())),
        };
        Self {
            id: refund.id.as_uuid(),
            payment_id: refund.payment_id.as_uuid(),
            amount_minor: refund.amount.minor_units(),
            currency: refund.amount.currency().code().to_owned(),
            status: status.to_owned(),
            failure_code,
            provider_reference: refund.reference.clone(),
            created_at: refund.created_at,
            updated_at: now,
        }
    }

    fn into_refund(self) -> Result<Refund, Error> {
        let status = match (self.status.as_str(), self.failure_code) {
            ("requested", _) => RefundStatus::Requested,
            ("succeeded", _) => RefundStatus::Succeeded,
            ("failed", Some(code)) => RefundStatus::Failed(code),
            _ => return Err(columns::invalid("refund status").into()),
        };
        Ok(Refund {
            id: self.id.into(),
            payment_id: self.payment_id.into(),
            amount: columns::money(self.amount_minor, &self.currency)?,
            status,
            reference: self.provider_reference,
            created_at: self.created_at,
        })
    }
}

/// The refunds with these ids, and the requested refunds of these payments. The caller has locked the payments.
pub(crate) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[RefundId],
    payments: &[PaymentId],
) -> Result<HashMap<RefundId, Refund>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let payments: Vec<Uuid> = payments.iter().map(|id| id.as_uuid()).collect();
    let requested = refunds::payment_id
        .eq_any(payments)
        .and(refunds::status.eq("requested"));
    let rows: Vec<Row> = refunds::table
        .filter(refunds::id.eq_any(ids).or(requested))
        .select(Row::as_select())
        .load(conn)
        .await?;
    let refunds = rows.into_iter().map(|row| {
        let refund = row.into_refund()?;
        Ok((refund.id, refund))
    });
    refunds.collect()
}

/// The refund with this id.
pub(crate) async fn find(
    conn: &mut AsyncPgConnection,
    id: RefundId,
) -> Result<Option<Refund>, Error> {
    Ok(load(conn, &[id], &[]).await?.remove(&id))
}

pub(super) async fn save(
    conn: &mut AsyncPgConnection,
    refunds: impl ExactSizeIterator<Item = &Refund>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if refunds.len() == 0 {
        return Ok(());
    }
    let rows = columns::recordset(refunds.map(|refund| Row::of(refund, now)))?;
    prepared(
        "INSERT INTO refunds
             (id, payment_id, amount_minor, currency, status, failure_code, provider_reference,
              created_at, updated_at)
         SELECT id, payment_id, amount_minor, currency, status, failure_code, provider_reference,
                created_at, updated_at
         FROM jsonb_populate_recordset(NULL::refunds, $1)
         ON CONFLICT (id) DO UPDATE
         SET (status, failure_code, provider_reference, updated_at)
           = (excluded.status, excluded.failure_code, excluded.provider_reference,
              excluded.updated_at)",
    )
    .bind::<Jsonb, _>(rows)
    .execute(conn)
    .await?;
    Ok(())
}
