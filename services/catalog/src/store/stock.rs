//! The tables `stock` and `stock_journal`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{ProductId, Sku};
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use super::rows::{StockRow, units};
use crate::domain::{Cause, Error, JournalEntry, Level, LevelChange};
use crate::failure::Failure;
use crate::schema::stock;

impl Store {
    /// The stock level of a SKU, archived or not.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn level(&self, sku: &Sku) -> Result<Level, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<StockRow> = stock::table
            .filter(stock::sku.eq(sku.as_str()))
            .select(StockRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        Ok(row.ok_or(Error::ProductNotFound)?.try_into()?)
    }
}

/// Inserts the stock of a new product.
pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    product_id: ProductId,
    sku: &Sku,
    on_hand: u32,
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    diesel::insert_into(stock::table)
        .values((
            stock::product_id.eq(product_id.as_uuid()),
            stock::sku.eq(sku.as_str()),
            stock::on_hand.eq(units(on_hand)),
            stock::reserved.eq(0),
            stock::for_sale.eq(true),
        ))
        .execute(conn)
        .await?;
    if on_hand > 0 {
        let initial = JournalEntry {
            product_id,
            delta: units(on_hand),
            cause: Cause::Initial,
        };
        write_journal(conn, &[initial], now).await?;
    }
    Ok(())
}

/// Ends the sale of a product, or begins it again; returns its id, if it exists.
pub(super) async fn set_for_sale(
    conn: &mut AsyncPgConnection,
    sku: &Sku,
    for_sale: bool,
) -> Result<Option<Uuid>, persistence::Error> {
    Ok(
        diesel::update(stock::table.filter(stock::sku.eq(sku.as_str())))
            .set(stock::for_sale.eq(for_sale))
            .returning(stock::product_id)
            .get_result(conn)
            .await
            .optional()?,
    )
}

/// The levels of these SKUs and products, locked in the order of their SKUs until the end of the transaction.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    skus: &[&Sku],
    products: &[Uuid],
) -> Result<Vec<Level>, persistence::Error> {
    if skus.is_empty() && products.is_empty() {
        return Ok(Vec::new());
    }
    let skus: Vec<&str> = skus.iter().map(|sku| sku.as_str()).collect();
    let rows: Vec<StockRow> = stock::table
        .filter(
            stock::sku
                .eq_any(skus)
                .or(stock::product_id.eq_any(products)),
        )
        .order(stock::sku)
        .select(StockRow::as_select())
        .for_update()
        .load(conn)
        .await?;
    rows.into_iter().map(Level::try_from).collect()
}

/// Changes levels whose rows are locked.
pub(super) async fn change_levels(
    mut conn: &AsyncPgConnection,
    changes: &[LevelChange],
) -> Result<(), persistence::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let products: Vec<Uuid> = changes.iter().map(|row| row.product_id.as_uuid()).collect();
    let on_hand: Vec<i32> = changes.iter().map(|row| row.on_hand).collect();
    let reserved: Vec<i32> = changes.iter().map(|row| row.reserved).collect();
    prepared(
        "UPDATE stock
         SET on_hand = stock.on_hand + change.on_hand, reserved = stock.reserved + change.reserved
         FROM unnest($1, $2, $3) AS change (product_id, on_hand, reserved)
         WHERE stock.product_id = change.product_id",
    )
    .bind::<Array<SqlUuid>, _>(products)
    .bind::<Array<Integer>, _>(on_hand)
    .bind::<Array<Integer>, _>(reserved)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Adds entries to the journal.
pub(super) async fn write_journal(
    mut conn: &AsyncPgConnection,
    entries: &[JournalEntry],
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = entries.iter().map(|_| Uuid::now_v7()).collect();
    let products: Vec<Uuid> = entries.iter().map(|row| row.product_id.as_uuid()).collect();
    let deltas: Vec<i32> = entries.iter().map(|row| row.delta).collect();
    let (mut kinds, mut reasons, mut references) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let (kind, reason, reference) = match &entry.cause {
            Cause::Initial => ("initial", "first units", None),
            Cause::Adjusted { by, reason } => ("adjusted", reason.as_str(), Some(by.as_uuid())),
            Cause::Sold(reservation) => ("sold", "order", Some(reservation.as_uuid())),
            Cause::Returned(reservation) => ("returned", "order", Some(reservation.as_uuid())),
        };
        kinds.push(kind);
        reasons.push(reason);
        references.push(reference);
    }
    prepared(
        "INSERT INTO stock_journal (id, product_id, delta, kind, reason, reference, created_at)
         SELECT *, $1 FROM unnest($2, $3, $4, $5, $6, $7)",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(products)
    .bind::<Array<Integer>, _>(deltas)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Text>, _>(reasons)
    .bind::<Array<Nullable<SqlUuid>>, _>(references)
    .execute(&mut conn)
    .await?;
    Ok(())
}
