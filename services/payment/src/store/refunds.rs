//! The table `refunds`.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, RefundId};
use persistence::Error;
use uuid::Uuid;

use super::columns;
use crate::domain::{Refund, RefundStatus};
use crate::schema::refunds;

#[derive(Queryable, Selectable)]
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
}

impl Row {
    fn into_refund(self) -> Result<Refund, Error> {
        let status = match (self.status.as_str(), self.failure_code) {
            ("requested", _) => RefundStatus::Requested,
            ("succeeded", _) => RefundStatus::Succeeded,
            ("failed", Some(code)) => RefundStatus::Failed(code),
            _ => return Err(columns::broken("refund status").into()),
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

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    id: RefundId,
) -> Result<Option<Refund>, Error> {
    refunds::table
        .find(id.as_uuid())
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Row::into_refund)
        .transpose()
}

/// Minor units that refunds of the payment have asked for and not got yet.
pub(super) async fn in_flight(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
) -> Result<i64, Error> {
    let sum = refunds::table
        .filter(refunds::payment_id.eq(payment_id.as_uuid()))
        .filter(refunds::status.eq("requested"))
        .select(sql::<BigInt>("coalesce(sum(amount_minor), 0)::bigint"))
        .first(conn)
        .await?;
    Ok(sum)
}

pub(super) async fn save(
    conn: &mut AsyncPgConnection,
    refund: &Refund,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (status, failure_code) = match &refund.status {
        RefundStatus::Requested => ("requested", None),
        RefundStatus::Succeeded => ("succeeded", None),
        RefundStatus::Failed(code) => ("failed", Some(code.as_str())),
    };
    let outcome = (
        refunds::status.eq(status),
        refunds::failure_code.eq(failure_code),
        refunds::provider_reference.eq(refund.reference.as_deref()),
        refunds::updated_at.eq(now),
    );
    diesel::insert_into(refunds::table)
        .values((
            refunds::id.eq(refund.id.as_uuid()),
            refunds::payment_id.eq(refund.payment_id.as_uuid()),
            refunds::amount_minor.eq(refund.amount.minor_units()),
            refunds::currency.eq(refund.amount.currency().code()),
            refunds::created_at.eq(refund.created_at),
            outcome,
        ))
        .on_conflict(refunds::id)
        .do_update()
        .set(outcome)
        .execute(conn)
        .await?;
    Ok(())
}
