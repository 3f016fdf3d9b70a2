//! Products are archived and restored. An archived product keeps its SKU; its slug can be used by another product.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Sku, UserId};
use uuid::Uuid;

use super::product_events::enqueue_changed;
use super::products::{find, slug_taken};
use super::{Store, former_slugs, staff_actions, stock};
use crate::domain::{Error, Product};
use crate::failure::Failure;
use crate::schema::products;

impl Store {
    /// Archives a product, with its event and its record. Idempotent.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn archive_product(
        &self,
        sku: Sku,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Product, Failure> {
        self.database
            .transaction(async move |conn| {
                let id = set_for_sale(conn, &sku, false).await?;
                let before = find(conn, id).await?;
                let archived = diesel::update(products::table.find(id))
                    .filter(products::archived_at.is_null())
                    .set((
                        products::archived_at.eq(now),
                        products::updated_at.eq(now),
                        products::version.eq(products::version + 1),
                    ))
                    .execute(conn)
                    .await?;
                let product = find(conn, id).await?;
                if archived == 1 {
                    enqueue_changed(conn, id, None).await?;
                    let kind = "product.archive";
                    staff_actions::product_changed(conn, kind, by, &before, &product).await?;
                }
                Ok(product)
            })
            .await
    }

    /// Puts an archived product on sale again, with its event and its record. Idempotent.
    ///
    /// # Errors
    /// `ProductNotFound`; `SlugTaken`: another product has its slug now; the database.
    pub(crate) async fn restore_product(
        &self,
        sku: Sku,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Product, Failure> {
        self.database
            .transaction(async move |conn| {
                let id = set_for_sale(conn, &sku, true).await?;
                let before = find(conn, id).await?;
                let restored = diesel::update(products::table.find(id))
                    .filter(products::archived_at.is_not_null())
                    .set((
                        products::archived_at.eq(None::<DateTime<Utc>>),
                        products::updated_at.eq(now),
                        products::version.eq(products::version + 1),
                    ))
                    .execute(conn)
                    .await
                    .map_err(|error| Failure::from(error).or_refused(&slug_taken()))?;
                let product = find(conn, id).await?;
                if restored == 1 {
                    former_slugs::remove(conn, &product.details.slug).await?;
                    enqueue_changed(conn, id, None).await?;
                    let kind = "product.restore";
                    staff_actions::product_changed(conn, kind, by, &before, &product).await?;
                }
                Ok(product)
            })
            .await
    }
}

/// Locks the stock before the product, in the order of every transaction.
async fn set_for_sale(
    conn: &mut AsyncPgConnection,
    sku: &Sku,
    for_sale: bool,
) -> Result<Uuid, Failure> {
    let id = stock::set_for_sale(conn, sku, for_sale).await?;
    Ok(id.ok_or(Error::ProductNotFound)?)
}
