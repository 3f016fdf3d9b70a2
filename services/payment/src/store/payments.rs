//! The table `payments`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, PaymentId};
use persistence::Error;
use uuid::Uuid;

use super::columns;
use crate::domain::{self, Payment, Terms};
use crate::failure::Failure;
use crate::schema::payments;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true)]
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
            capture_code: self.capture_code,
            reference: self.provider_reference,
            redirect_url: self.redirect_url,
            shipment: u32::try_from(self.shipment).map_err(|_| columns::broken("shipment"))?,
            created_at: self.created_at,
        })
    }
}

/// The payment, locked until the end of the transaction: everything about one payment happens one
/// after another.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    id: PaymentId,
) -> Result<Option<Payment>, Error> {
    payments::table
        .find(id.as_uuid())
        .select(Row::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?
        .map(Row::into_payment)
        .transpose()
}

/// Locks these payments, in the order of their ids. One that is not there yet is locked by whoever
/// makes it.
pub(super) async fn lock_all(conn: &mut AsyncPgConnection, ids: &[PaymentId]) -> Result<(), Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let _locked: Vec<Uuid> = payments::table
        .filter(payments::id.eq_any(ids))
        .order(payments::id)
        .select(payments::id)
        .for_update()
        .load(conn)
        .await?;
    Ok(())
}

pub(super) async fn of_order(
    conn: &mut AsyncPgConnection,
    order_id: OrderId,
) -> Result<Option<Payment>, Error> {
    payments::table
        .filter(payments::order_id.eq(order_id.as_uuid()))
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Row::into_payment)
        .transpose()
}

/// A new payment. When another command made it at this moment, the database refuses; the message
/// is handled again and finds it.
pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let inserted = diesel::insert_into(payments::table)
        .values(Row::of(payment, now))
        .execute(conn)
        .await
        .map_err(Error::from);
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if error.constraint() == Some("payments_order_id") => {
            Err(domain::Error::AnotherPayment(payment.order_id, payment.id).into())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn update(
    mut conn: &AsyncPgConnection,
    payment: &Payment,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    diesel::update(payments::table.find(payment.id.as_uuid()))
        .set(Row::of(payment, now))
        .execute(&mut conn)
        .await?;
    Ok(())
}
