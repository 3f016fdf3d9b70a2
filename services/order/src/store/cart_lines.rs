//! The lines of carts, in the order in which they were added.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use super::rows::{int, quantity, sku};
use super::save::each;
use crate::domain::{Line, Lines};
use crate::failure::Failure;
use crate::schema::cart_lines;

/// The lines of these carts. A cart without lines is missing.
pub(super) async fn load(
    mut conn: &AsyncPgConnection,
    carts: &[Uuid],
) -> Result<BTreeMap<Uuid, Lines>, Failure> {
    let rows: Vec<(Uuid, String, i32)> = cart_lines::table
        .filter(cart_lines::cart_id.eq_any(carts))
        .order((cart_lines::position, cart_lines::sku))
        .select((cart_lines::cart_id, cart_lines::sku, cart_lines::quantity))
        .load(&mut conn)
        .await?;
    let mut lines: BTreeMap<Uuid, Lines> = BTreeMap::new();
    for (cart, text, units) in rows {
        let of_cart = lines.entry(cart).or_default();
        of_cart.set(sku(text)?, quantity(units)?);
    }
    Ok(lines)
}

/// The lines of one cart.
pub(super) async fn of_cart(conn: &AsyncPgConnection, cart: Uuid) -> Result<Lines, Failure> {
    let mut lines = load(conn, &[cart]).await?;
    Ok(lines.remove(&cart).unwrap_or_default())
}

/// Lines to insert or to change, each with its cart. New lines are added after the others of the cart.
#[derive(Default)]
pub(super) struct ChangedLines(Vec<(Uuid, String, i32)>);

impl ChangedLines {
    /// Adds the lines of a cart that differ.
    pub(super) fn add(&mut self, cart: Uuid, before: &Lines, after: &Lines) {
        let differs = |line: &&Line| before.get(&line.sku) != Some(line.quantity);
        let changed = after.iter().filter(differs);
        self.0.extend(
            changed.map(|line| (cart, line.sku.as_str().to_owned(), int(line.quantity.get()))),
        );
    }

    /// Writes them with one statement.
    pub(super) async fn write(self, mut conn: &AsyncPgConnection) -> Result<(), Failure> {
        let rows = &self.0;
        if rows.is_empty() {
            return Ok(());
        }
        prepared(
            "INSERT INTO cart_lines (cart_id, sku, quantity, position)
             SELECT c.cart_id, c.sku, c.quantity, coalesce(l.last, 0) + c.nth::integer
             FROM unnest($1, $2, $3) WITH ORDINALITY AS c (cart_id, sku, quantity, nth)
             LEFT JOIN (SELECT cart_id, max(position) AS last FROM cart_lines
                        WHERE cart_id = ANY ($1) GROUP BY cart_id) AS l USING (cart_id)
             ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity",
        )
        .bind::<Array<SqlUuid>, _>(each(rows, |(cart, ..)| *cart))
        .bind::<Array<Text>, _>(each(rows, |(_, sku, _)| sku.as_str()))
        .bind::<Array<Integer>, _>(each(rows, |(.., units)| *units))
        .execute(&mut conn)
        .await?;
        Ok(())
    }
}

/// Deletes the lines of a cart that it has no longer.
pub(super) async fn delete_missing(
    mut conn: &AsyncPgConnection,
    cart: Uuid,
    before: &Lines,
    after: &Lines,
) -> Result<(), Failure> {
    let gone = before.skus().filter(|sku| after.get(sku).is_none());
    let gone: Vec<&str> = gone.map(|sku| sku.as_str()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let lines = cart_lines::table
        .filter(cart_lines::cart_id.eq(cart))
        .filter(cart_lines::sku.eq_any(gone));
    diesel::delete(lines).execute(&mut conn).await?;
    Ok(())
}
