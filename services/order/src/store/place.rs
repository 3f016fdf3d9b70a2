use chassis::call::ClientNetwork;
use chrono::{DateTime, Utc};
use contracts::messages::StockLine;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::{CartId, UserId};
use persistence::prepared;

use super::Store;
use super::codes::{code, unreadable};
use super::discounts::take_use;
use super::messages::StockLines;
use super::rows::{OrderRow, int};
use super::sagas::insert_saga;
use super::save::{each, enqueue, insert_timeline};
use super::stored_cart::{StoredCart, find_row, stored};
use crate::domain::{Address, Change, Error, OrderNumber, OrderRecord, Owner, SoldLine};
use crate::failure::Failure;
use crate::schema::{carts, idempotency_keys, orders};

/// A new order with everything that its transaction writes.
#[derive(Debug, Clone)]
pub(crate) struct NewOrder {
    pub(crate) key: String,
    pub(crate) fingerprint: [u8; 32],
    /// The cart, and its version when it was priced.
    pub(crate) cart: CartId,
    pub(crate) cart_version: i64,
    /// The network that the request came from, if it is known.
    pub(crate) client_network: Option<ClientNetwork>,
    /// The order with the events that start its checkout.
    pub(crate) change: Change,
    /// The answer to every request with this key and fingerprint.
    pub(crate) record: OrderRecord,
}

/// The result of a checkout.
#[derive(Debug)]
pub(crate) enum Placing {
    Placed,
    /// The same request was handled before: the order as it was placed.
    Replayed(Box<OrderRecord>),
    /// The cart has changed since it was priced.
    CartChanged,
    /// Another order has the random number.
    NumberTaken,
}

/// The unique index of `orders.number`.
const NUMBER_UNIQUE: &str = "orders_number";

impl Store {
    /// The cart, and the order if this key was used before. The cart is read first: a checkout that commits
    /// in between deletes the cart and inserts the key, so at least one of the two reads finds its row.
    pub(crate) async fn cart_and_earlier(
        &self,
        customer: UserId,
        key: &str,
        fingerprint: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<(StoredCart, Option<OrderRecord>), Failure> {
        let mut conn = self.database.get().await?;
        let owner = Owner::Customer(customer);
        let row = find_row(&mut conn, &owner, now).await?;
        let conn: &AsyncPgConnection = &conn;
        tokio::try_join!(
            stored(conn, row, &owner),
            earlier(conn, customer, key, fingerprint)
        )
    }

    /// Writes the order, its saga, the key, the use of its code and the first messages, and deletes the cart, in one transaction.
    /// Waits at most `key_wait_ms` for a request in progress with the same key.
    pub(crate) async fn place(&self, new: NewOrder, key_wait_ms: u32) -> Result<Placing, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let (customer, now) = (new.record.customer_id, new.record.placed_at);
                if !take_key(&*conn, &new, key_wait_ms).await? {
                    let earlier = earlier(conn, customer, &new.key, &new.fingerprint).await?;
                    // None if the retention job has deleted the key in between.
                    let earlier = earlier.ok_or(Error::KeyInUse)?;
                    return Ok(Placing::Replayed(Box::new(earlier)));
                }
                // Independent statements are pipelined; those of the second set refer to the order.
                let conn: &AsyncPgConnection = conn;
                tokio::try_join!(take_cart(conn, &new), insert_order(conn, &new))?;
                let lines = new.record.lines.iter().map(stock_line).collect();
                let lines = StockLines::from([(new.record.id, lines)]);
                let changes = std::slice::from_ref(&new.change);
                tokio::try_join!(
                    insert_lines(conn, &new),
                    insert_saga(
                        conn,
                        &new.change.order,
                        new.client_network.as_ref().map(ClientNetwork::as_str),
                        &timing,
                        now
                    ),
                    insert_timeline(conn, changes, &[], now),
                    enqueue(conn, changes, &lines, &timing, now),
                )?;
                // Last, because it locks the row of the code.
                take_use(conn, &new.record).await?;
                Ok(Placing::Placed)
            })
            .await
            .or_else(|failure| match failure {
                Failure::Refused(Error::CartChanged) => Ok(Placing::CartChanged),
                Failure::Database(error) if error.constraint() == Some(NUMBER_UNIQUE) => {
                    Ok(Placing::NumberTaken)
                }
                other => Err(other),
            })
    }
}

/// Inserts the key. False if another transaction has inserted it and committed.
async fn take_key(
    mut conn: &AsyncPgConnection,
    new: &NewOrder,
    wait_ms: u32,
) -> Result<bool, Failure> {
    let record = serde_json::to_value(&new.record)
        .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    let wait = format!("SET LOCAL lock_timeout = {wait_ms}");
    let mut first = conn;
    let wait = first.batch_execute(&wait);
    let take = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::customer_id.eq(new.record.customer_id.as_uuid()),
            idempotency_keys::key.eq(&new.key),
            idempotency_keys::fingerprint.eq(new.fingerprint.as_slice()),
            idempotency_keys::answer.eq(record),
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

/// The order that was placed with this key, as it was placed.
async fn earlier(
    mut conn: &AsyncPgConnection,
    customer: UserId,
    key: &str,
    fingerprint: &[u8; 32],
) -> Result<Option<OrderRecord>, Failure> {
    let row: Option<(Vec<u8>, serde_json::Value)> = idempotency_keys::table
        .find((customer.as_uuid(), key))
        .select((idempotency_keys::fingerprint, idempotency_keys::answer))
        .first(&mut conn)
        .await
        .optional()?;
    match row {
        None => Ok(None),
        Some((stored, order)) if stored == fingerprint => {
            let mut record: OrderRecord = serde_json::from_value(order).map_err(unreadable)?;
            add_columns(conn, &mut record).await?;
            Ok(Some(record))
        }
        Some(_) => Err(Error::KeyReused.into()),
    }
}

/// Adds what is not part of the stored answer, and never changes: the address, and the number of an order that was placed
/// without one.
async fn add_columns(
    mut conn: &AsyncPgConnection,
    record: &mut OrderRecord,
) -> Result<(), diesel::result::Error> {
    let (recipient, line1, line2, city, region, postal_code, country, number) = orders::table
        .find(record.id.as_uuid())
        .select((
            orders::recipient,
            orders::line1,
            orders::line2,
            orders::city,
            orders::region,
            orders::postal_code,
            orders::country,
            orders::number,
        ))
        .first(&mut conn)
        .await?;
    record.address = Address {
        recipient,
        line1,
        line2,
        city,
        region,
        postal_code,
        country,
    };
    record.number = Option::map(number, OrderNumber::stored);
    Ok(())
}

fn order_row(new: &NewOrder) -> OrderRow {
    let (order, record) = (&new.change.order, &new.record);
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
        number: record.number.as_ref().map(ToString::to_string),
    }
}

/// Deletes the cart, if it is still in the version that was priced. Otherwise the rollback frees the key.
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

async fn insert_lines(mut conn: &AsyncPgConnection, new: &NewOrder) -> Result<(), Failure> {
    let lines = &new.record.lines;
    let positions: Vec<i32> = (1..).take(lines.len()).collect();
    prepared(
        "INSERT INTO order_lines (order_id, position, sku, name, quantity, unit_price_minor)
         SELECT $1, c.* FROM unnest($2, $3, $4, $5, $6) AS c",
    )
    .bind::<SqlUuid, _>(new.record.id.as_uuid())
    .bind::<Array<Integer>, _>(positions)
    .bind::<Array<Text>, _>(each(lines, |line| line.sku.as_str()))
    .bind::<Array<Text>, _>(each(lines, |line| line.name.as_str()))
    .bind::<Array<Integer>, _>(each(lines, |line| int(line.quantity.get())))
    .bind::<Array<BigInt>, _>(each(lines, |line| line.unit_price.minor_units()))
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
