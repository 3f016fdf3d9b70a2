//! Gives the lines and codes of rejected orders back to their customers' carts, with one statement per table
//! for any number of orders.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{CartId, OrderId};
use persistence::prepared;
use uuid::Uuid;

use super::cart_lines::{self, ChangedLines};
use super::rows::{quantity, sku};
use crate::domain::{Change, Event, Lines, return_lines};
use crate::failure::Failure;
use crate::schema::{order_lines, orders};

/// What the rejected orders of one customer give back.
#[derive(Default)]
struct Returned {
    /// The code of the latest of these orders that has one.
    code: Option<String>,
    orders: BTreeMap<Uuid, Lines>,
}

/// What was left out because the cart is at its limits.
pub(super) struct LeftOut {
    pub(super) order: OrderId,
    pub(super) units: u32,
}

/// Puts the lines and the code of each order that these changes reject into its customer's cart, joined with
/// what the cart has by now. The cart keeps its own code. Returns what did not fit.
pub(super) async fn restore_carts(
    conn: &mut AsyncPgConnection,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<Vec<LeftOut>, Failure> {
    let is_rejected = |change: &&Change| {
        let mut events = change.events.iter();
        events.any(|event| matches!(event, Event::Rejected(_)))
    };
    let rejected = changes.iter().filter(is_rejected);
    let rejected: Vec<Uuid> = rejected.map(|change| change.order.id.as_uuid()).collect();
    if rejected.is_empty() {
        return Ok(Vec::new());
    }
    let returned = load_returned(conn, rejected).await?;
    let carts = touch_carts(conn, &returned, now).await?;
    let ids: Vec<Uuid> = carts.values().copied().collect();
    let mut lines = cart_lines::load(conn, &ids).await?;
    let mut left_out = Vec::new();
    let mut changed = ChangedLines::default();
    for (customer, of_customer) in returned {
        let Some(cart) = carts.get(&customer) else {
            continue;
        };
        let before = lines.remove(cart).unwrap_or_default();
        let mut after = before.clone();
        for (order, lines) in of_customer.orders {
            let units = return_lines(&mut after, &lines).left_units();
            if units > 0 {
                let order = order.into();
                left_out.push(LeftOut { order, units });
            }
        }
        changed.add(*cart, &before, &after);
    }
    changed.write(conn).await?;
    Ok(left_out)
}

/// By customer.
async fn load_returned(
    conn: &mut AsyncPgConnection,
    rejected: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Returned>, Failure> {
    let rows: Vec<(Uuid, Uuid, Option<String>, String, i32)> = order_lines::table
        .inner_join(orders::table)
        .filter(order_lines::order_id.eq_any(rejected))
        .order((order_lines::order_id, order_lines::position))
        .select((
            orders::customer_id,
            orders::id,
            orders::discount_code,
            order_lines::sku,
            order_lines::quantity,
        ))
        .load(conn)
        .await?;
    let mut returned: BTreeMap<Uuid, Returned> = BTreeMap::new();
    for (customer, order, code, text, units) in rows {
        let of_customer = returned.entry(customer).or_default();
        // Rows come in the order of the orders' ids, which is that of their placing.
        of_customer.code = code.or(of_customer.code.take());
        let lines = of_customer.orders.entry(order).or_default();
        lines.set(sku(text)?, quantity(units)?);
    }
    Ok(returned)
}

/// Creates the carts that are missing, increments the version of the others, and locks all until the commit.
/// In the order of the customers, so that two transactions cannot deadlock.
async fn touch_carts(
    conn: &mut AsyncPgConnection,
    returned: &BTreeMap<Uuid, Returned>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Uuid>, Failure> {
    #[derive(QueryableByName)]
    struct Touched {
        #[diesel(sql_type = SqlUuid)]
        customer_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let customers: Vec<Uuid> = returned.keys().copied().collect();
    let ids: Vec<Uuid> = customers
        .iter()
        .map(|_| CartId::generate().as_uuid())
        .collect();
    let codes: Vec<Option<&str>> = returned.values().map(|r| r.code.as_deref()).collect();
    let touched: Vec<Touched> = prepared(
        "INSERT INTO carts (id, customer_id, discount_code, updated_at)
         SELECT c.id, c.customer_id, c.discount_code, $4
         FROM unnest($1, $2, $3) AS c (id, customer_id, discount_code)
         ORDER BY c.customer_id
         ON CONFLICT (customer_id) DO UPDATE
         SET version = carts.version + 1, updated_at = excluded.updated_at,
             discount_code = coalesce(carts.discount_code, excluded.discount_code)
         RETURNING customer_id, id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(customers)
    .bind::<Array<Nullable<Text>>, _>(codes)
    .bind::<Timestamptz, _>(now)
    .load(conn)
    .await?;
    Ok(touched
        .into_iter()
        .map(|row| (row.customer_id, row.id))
        .collect())
}
