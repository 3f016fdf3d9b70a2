//! Statements on `stock` for staff. Locks are taken in the order `reservations`, `stock` (by SKU),
//! `products`, by everyone who takes more than one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Sku, UserId};
use uuid::Uuid;

use super::Store;
use super::movements::{self, Journal};
use super::rows::{StockRow, units};
use crate::domain::{Adjustment, Error, Level};
use crate::failure::Failure;
use crate::schema::stock;

impl Store {
    /// The units of one SKU, archived or not.
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

    /// Changes the units on hand, for the reason that the journal keeps.
    ///
    /// # Errors
    /// `ProductNotFound`, `StockInsufficient`; the database.
    pub(crate) async fn adjust_stock(
        &self,
        adjustment: Adjustment,
        by: UserId,
    ) -> Result<Level, Failure> {
        let now = self.clock.now();
        self.database
            .transaction(async move |conn| {
                let row: Option<StockRow> = stock::table
                    .filter(stock::sku.eq(adjustment.sku.as_str()))
                    .select(StockRow::as_select())
                    .for_update()
                    .first(conn)
                    .await
                    .optional()?;
                let before = Level::try_from(row.ok_or(Error::ProductNotFound)?)?;
                let after = adjustment.apply(&before)?;
                let product_id = after.product_id.as_uuid();
                diesel::update(stock::table.find(product_id))
                    .set(stock::on_hand.eq(units(after.on_hand)))
                    .execute(conn)
                    .await?;
                movements::write_journal(
                    conn,
                    &[(product_id, adjustment.delta)],
                    Journal {
                        kind: "adjusted",
                        reason: &adjustment.reason,
                        reference: Some(by.as_uuid()),
                        at: now,
                    },
                )
                .await?;
                if (before.available() == 0) != (after.available() == 0) {
                    movements::cross_zero(conn, &[product_id], after.available() > 0).await?;
                }
                Ok(after)
            })
            .await
    }
}

/// The first units of a new product.
pub(super) async fn open(
    conn: &mut AsyncPgConnection,
    product_id: Uuid,
    sku: &Sku,
    on_hand: i32,
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    diesel::insert_into(stock::table)
        .values((
            stock::product_id.eq(product_id),
            stock::sku.eq(sku.as_str()),
            stock::on_hand.eq(on_hand),
            stock::reserved.eq(0),
            stock::for_sale.eq(true),
        ))
        .execute(conn)
        .await?;
    if on_hand > 0 {
        let initial = Journal {
            kind: "initial",
            reason: "first units",
            reference: None,
            at: now,
        };
        movements::write_journal(conn, &[(product_id, on_hand)], initial).await?;
    }
    Ok(())
}

/// Stops the sale of a product; its id, if there is one.
pub(super) async fn withdraw(
    conn: &mut AsyncPgConnection,
    sku: &Sku,
) -> Result<Option<Uuid>, persistence::Error> {
    Ok(
        diesel::update(stock::table.filter(stock::sku.eq(sku.as_str())))
            .set(stock::for_sale.eq(false))
            .returning(stock::product_id)
            .get_result(conn)
            .await
            .optional()?,
    )
}

/// The levels of these SKUs, locked in the order of their SKUs until the end of the transaction.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    skus: &[&str],
) -> Result<Vec<Level>, persistence::Error> {
    let rows: Vec<StockRow> = stock::table
        .filter(stock::sku.eq_any(skus))
        .order(stock::sku)
        .select(StockRow::as_select())
        .for_update()
        .load(conn)
        .await?;
    rows.into_iter().map(Level::try_from).collect()
}
