use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, PaymentId};
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::{Payment, Terms};
use crate::schema::payments;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = payments)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    customer_id: Option<Uuid>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    payment_method: Option<String>,
    status: String,
    void_requested: bool,
    capture_requested: bool,
    refunded_minor: i64,
    decline_code: Option<String>,
    capture_code: Option<String>,
    provider_reference: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    shipment: i32,
    redirect_url: Option<String>,
    request_rejected: bool,
    card_fingerprint: Option<String>,
}

impl Row {
    fn of(payment: &Payment, now: DateTime<Utc>) -> Self {
        let terms = payment.terms.as_ref();
        Self {
            id: payment.id.as_uuid(),
            order_id: payment.order_id.as_uuid(),
            customer_id: terms.map(|terms| terms.customer_id.as_uuid()),
            amount_minor: terms.map(|terms| terms.amount.minor_units()),
            currency: terms.map(|terms| terms.amount.currency().to_string()),
            payment_method: terms.map(|terms| terms.payment_method.clone()),
            status: payment.status.name().to_owned(),
            void_requested: payment.void_requested,
            capture_requested: payment.capture_requested,
            refunded_minor: payment.refunded,
            decline_code: payment.decline_code.clone(),
            capture_code: payment.capture_code.clone(),
            provider_reference: payment.reference.clone(),
            created_at: payment.created_at,
            updated_at: now,
            shipment: i32::try_from(payment.shipment).unwrap_or(i32::MAX),
            redirect_url: payment.redirect_url.clone(),
            request_rejected: payment.request_rejected,
            card_fingerprint: payment.card_fingerprint.clone(),
        }
    }

    fn into_payment(self) -> Result<Payment, Error> {
        let terms = match (
            self.customer_id,
            self.amount_minor,
            self.currency,
            self.payment_method,
        ) {
            (Some(customer), Some(minor), Some(currency), Some(payment_method)) => Some(Terms {
                customer_id: customer.into(),
                amount: columns::money(minor, &currency)?,
                payment_method,
            }),
            _ => None,
        };
        Ok(Payment {
            id: self.id.into(),
            order_id: self.order_id.into(),
            terms,
            status: columns::status(&self.status)?,
            void_requested: self.void_requested,
            capture_requested: self.capture_requested,
            refunded: self.refunded_minor,
            decline_code: self.decline_code,
            card_fingerprint: self.card_fingerprint,
            request_rejected: self.request_rejected,
            capture_code: self.capture_code,
            reference: self.provider_reference,
            redirect_url: self.redirect_url,
            shipment: u32::try_from(self.shipment).map_err(|_| columns::invalid("shipment"))?,
            created_at: self.created_at,
        })
    }
}

/// The payments with these ids, and those of these orders, locked until the end of the transaction: changes of
/// one payment are serialized. The lock order is the order of the ids, so two transactions never deadlock.
pub(crate) async fn lock(
    conn: &mut AsyncPgConnection,
    ids: &[PaymentId],
    orders: &[OrderId],
) -> Result<HashMap<PaymentId, Payment>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let orders: Vec<Uuid> = orders.iter().map(|id| id.as_uuid()).collect();
    let rows: Vec<Row> = payments::table
        .filter(
            payments::id
                .eq_any(ids)
                .or(payments::order_id.eq_any(orders)),
        )
        .order(payments::id)
        .select(Row::as_select())
        .for_update()
        .load(conn)
        .await?;
    let payments = rows.into_iter().map(|row| {
        let payment = row.into_payment()?;
        Ok((payment.id, payment))
    });
    payments.collect()
}

/// The payment with this id, locked until the end of the transaction.
pub(crate) async fn lock_one(
    conn: &mut AsyncPgConnection,
    id: PaymentId,
) -> Result<Option<Payment>, Error> {
    Ok(lock(conn, &[id], &[]).await?.remove(&id))
}

/// The provider's reference of the payment, if it has one; `None` if there is no such payment or it is a
/// tombstone. Locks the payment, because every transaction locks the payment before its lookup.
pub(crate) async fn reference_of(
    conn: &mut AsyncPgConnection,
    id: PaymentId,
) -> Result<Option<Option<String>>, Error> {
    let reference = payments::table
        .find(id.as_uuid())
        .filter(payments::amount_minor.is_not_null())
        .select(payments::provider_reference)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(reference)
}

impl Store {
    /// The payment of an order.
    pub(crate) async fn payment_of(&self, order_id: OrderId) -> Result<Option<Payment>, Error> {
        payments::table
            .filter(payments::order_id.eq(order_id.as_uuid()))
            .select(Row::as_select())
            .first(&mut self.database.get().await?)
            .await
            .optional()?
            .map(Row::into_payment)
            .transpose()
    }
}

/// Inserts new payments.
pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    payments: impl ExactSizeIterator<Item = &Payment>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if payments.len() == 0 {
        return Ok(());
    }
    let rows = columns::recordset(payments.map(|payment| Row::of(payment, now)))?;
    prepared(
        "INSERT INTO payments
             (id, order_id, customer_id, amount_minor, currency, payment_method, status,
              void_requested, capture_requested, refunded_minor, decline_code, capture_code,
              provider_reference, created_at, updated_at, shipment, redirect_url, request_rejected,
              card_fingerprint)
         SELECT id, order_id, customer_id, amount_minor, currency, payment_method, status,
                void_requested, capture_requested, refunded_minor, decline_code, capture_code,
                provider_reference, created_at, updated_at, shipment, redirect_url, request_rejected,
                card_fingerprint
         FROM jsonb_populate_recordset(NULL::payments, $1)",
    )
    .bind::<Jsonb, _>(rows)
    .execute(conn)
    .await?;
    Ok(())
}

/// Updates payments, which must be locked.
pub(super) async fn update(
    mut conn: &AsyncPgConnection,
    payments: impl ExactSizeIterator<Item = &Payment>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if payments.len() == 0 {
        return Ok(());
    }
    let (ids, rows): (Vec<_>, Vec<_>) = payments
        .map(|payment| (payment.id.as_uuid(), Row::of(payment, now)))
        .unzip();
    // The ids make PostgreSQL use the index: it cannot estimate the number of rows of the record set.
    prepared(
        "UPDATE payments p
         SET (customer_id, amount_minor, currency, payment_method, status, void_requested,
              capture_requested, refunded_minor, decline_code, capture_code, provider_reference,
              updated_at, shipment, redirect_url, request_rejected, card_fingerprint)
           = (r.customer_id, r.amount_minor, r.currency, r.payment_method, r.status,
              r.void_requested, r.capture_requested, r.refunded_minor, r.decline_code,
              r.capture_code, r.provider_reference, r.updated_at, r.shipment, r.redirect_url,
              r.request_rejected, r.card_fingerprint)
         FROM jsonb_populate_recordset(NULL::payments, $1) r
         WHERE p.id = r.id AND p.id = ANY ($2)",
    )
    .bind::<Jsonb, _>(columns::recordset(rows.into_iter())?)
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(&mut conn)
    .await?;
    Ok(())
}
