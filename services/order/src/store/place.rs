use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use contracts::messages::StockLine;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::{CartId, UserId};

use super::Store;
use super::carts::{StoredCart, find_row, stored};
use super::codes::code;
use super::record::{follow_up, saga_row, unnest};
use super::rows::{OrderRow, SagaRow, int};
use crate::domain::{Error, Event, Order, OrderRecord, Owner, SoldLine};
use crate::failure::Failure;
use crate::schema::{carts, idempotency_keys, order_lines, orders, sagas};

/// Everything that an order consists of, ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewOrder {
    pub(crate) key: String,
    pub(crate) fingerprint: [u8; 32],
    /// What every request with this key and fingerprint is answered.
    pub(crate) answer: Vec<u8>,
    /// The cart, and its version when it was priced.
    pub(crate) cart: CartId,
    pub(crate) cart_version: i64,
    pub(crate) order: Order,
    pub(crate) events: Vec<Event>,
    pub(crate) record: OrderRecord,
}

/// What became of a checkout.
#[derive(Debug)]
pub(crate) enum Placing {
    Placed,
    /// The same request was carried out before: its answer.
    Replayed(Vec<u8>),
    /// The cart is not the one that was priced.
    CartChanged,
}

impl Store {
    /// The cart, and the answer if this key was used before. In this order: an order that commits in
    /// between takes the cart and leaves the key, so one of them is seen.
    pub(crate) async fn cart_and_answer(
        &self,
        customer: UserId,
        key: &str,
        fingerprint: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<(StoredCart, Option<Vec<u8>>), Failure> {
        let mut conn = self.database.get().await?;
        let row = find_row(&mut conn, &Owner::Customer(customer), now).await?;
        let conn: &AsyncPgConnection = &conn;
        tokio::try_join!(stored(conn, row), answer(conn, customer, key, fingerprint))
    }

    /// Writes the order, its saga, the key with the answer and the first messages, and takes the
    /// cart: all or nothing. A request with the same key that is under way is waited for.
    pub(crate) async fn place(&self, new: NewOrder, key_wait_ms: u32) -> Result<Placing, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let (customer, now) = (new.order.customer_id, new.record.placed_at);
                if !take_key(&*conn, customer, &new, key_wait_ms).await? {
                    let earlier = answer(conn, customer, &new.key, &new.fingerprint).await?;
                    // Swept away this moment: as old as that, a key is free again.
                    let earlier = earlier.ok_or(Error::KeyInUse)?;
                    return Ok(Placing::Replayed(earlier));
                }
                // What does not wait for each other travels together; the rest refers to the order.
                let conn: &AsyncPgConnection = conn;
                tokio::try_join!(take_cart(conn, &new), insert_order(conn, &new))?;
                let lines: Vec<StockLine> = new.record.lines.iter().map(stock_line).collect();
                tokio::try_join!(
                    insert_lines(conn, &new),
                    insert_saga(conn, saga_row(&new.order, &timing, now)),
                    follow_up(conn, &new.order, &new.events, &lines, &timing, now),
                )?;
                Ok(Placing::Placed)
            })
            .await
            .or_else(|failure| match failure {
                Failure::Refused(Error::CartChanged) => Ok(Placing::CartChanged),
                other => Err(other),
            })
    }
}

/// Takes the key for this transaction. False when another one has used it, and committed.
async fn take_key(
    mut conn: &AsyncPgConnection,
    customer: UserId,
    new: &NewOrder,
    wait_ms: u32,
) -> Result<bool, Failure> {
    let wait = format!("SET LOCAL lock_timeout = {wait_ms}");
    let mut first = conn;
    let wait = first.batch_execute(&wait);
    let take = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::customer_id.eq(customer.as_uuid()),
            idempotency_keys::key.eq(&new.key),
            idempotency_keys::fingerprint.eq(new.fingerprint.as_slice()),
            idempotency_keys::answer.eq(&new.answer),
            idempotency_keys::created_at.eq(new.record.placed_at),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn);
    match tokio::try_join!(wait, take).map_err(persistence::Error::from) {
        Ok(((), rows)) => Ok(rows == 1),
        Err(persistence::Error::Canceled(_)) => Err(Error::KeyInUse.into()),
        Err(error) => Err(error.into()),
    }
}

/// The answer that was given for this key.
async fn answer(
    mut conn: &AsyncPgConnection,
    customer: UserId,
    key: &str,
    fingerprint: &[u8; 32],
) -> Result<Option<Vec<u8>>, Failure> {
    let row: Option<(Vec<u8>, Vec<u8>)> = idempotency_keys::table
        .find((customer.as_uuid(), key))
        .select((idempotency_keys::fingerprint, idempotency_keys::answer))
        .first(&mut conn)
        .await
        .optional()?;
    match row {
        None => Ok(None),
        Some((stored, answer)) if stored == fingerprint => Ok(Some(answer)),
        Some(_) => Err(Error::KeyReused.into()),
    }
}

fn order_row(new: &NewOrder) -> OrderRow {
    let (order, record) = (&new.order, &new.record);
    let (address, totals) = (record.address.clone(), record.totals);
    OrderRow {
        id: order.id.as_uuid(),
        customer_id: order.customer_id.as_uuid(),
        status: code(order.status).to_owned(),
        reason: None,
        currency: totals.total.currency().to_string(),
        lines_minor: totals.lines.minor_units(),
        discount_minor: totals.discount.minor_units(),
        shipping_minor: totals.shipping.minor_units(),
        tax_minor: totals.tax.minor_units(),
        total_minor: totals.total.minor_units(),
        discount_code: record.discount_code.clone(),
        recipient: address.recipient,
        line1: address.line1,
        line2: address.line2,
        city: address.city,
        region: address.region,
        postal_code: address.postal_code,
        country: address.country,
        payment_method: order.payment_method.clone(),
        reservation_id: order.reservation_id.as_uuid(),
        payment_id: order.payment_id.as_uuid(),
        tracking_number: None,
        placed_at: record.placed_at,
        updated_at: record.updated_at,
    }
}

/// Takes the cart, if it still is what was priced; a refusal gives the key back.
async fn take_cart(mut conn: &AsyncPgConnection, new: &NewOrder) -> Result<(), Failure> {
    let cart = carts::table
        .find(new.cart.as_uuid())
        .filter(carts::version.eq(new.cart_version));
    match diesel::delete(cart).execute(&mut conn).await? {
        0 => Err(Error::CartChanged.into()),
        _ => Ok(()),
    }
}

async fn insert_order(mut conn: &AsyncPgConnection, new: &NewOrder) -> Result<(), Failure> {
    diesel::insert_into(orders::table)
        .values(order_row(new))
        .execute(&mut conn)
        .await?;
    Ok(())
}

async fn insert_saga(mut conn: &AsyncPgConnection, saga: SagaRow) -> Result<(), Failure> {
    let (parent, state) = TraceContext::into_stored(telemetry::current_context());
    diesel::insert_into(sagas::table)
        .values((
            saga,
            sagas::traceparent.eq(parent),
            sagas::tracestate.eq(state),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

async fn insert_lines(mut conn: &AsyncPgConnection, new: &NewOrder) -> Result<(), Failure> {
    let lines = &new.record.lines;
    let positions: Vec<i32> = (1..).take(lines.len()).collect();
    let skus: Vec<&str> = lines.iter().map(|line| line.sku.as_str()).collect();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    let quantities: Vec<i32> = lines.iter().map(|line| int(line.quantity.get())).collect();
    let prices: Vec<i64> = lines
        .iter()
        .map(|line| line.unit_price.minor_units())
        .collect();
    // An array instead of a row per value: one prepared statement for any number of lines.
    diesel::insert_into(order_lines::table)
        .values(diesel::select((
            new.order.id.as_uuid().into_sql::<diesel::sql_types::Uuid>(),
            unnest::<Integer, _>(positions),
            unnest::<Text, _>(skus),
            unnest::<Text, _>(names),
            unnest::<Integer, _>(quantities),
            unnest::<BigInt, _>(prices),
        )))
        .into_columns((
            order_lines::order_id,
            order_lines::position,
            order_lines::sku,
            order_lines::name,
            order_lines::quantity,
            order_lines::unit_price_minor,
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

fn stock_line(line: &SoldLine) -> StockLine {
    StockLine {
        sku: line.sku.clone(),
        quantity: line.quantity,
    }
}
