use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Sku, UserId, Violations};
use serde_json::Value;
use uuid::Uuid;

use super::product_events::enqueue_changed;
use super::rows::{DetailsRow, ProductRow};
use super::{Store, categories, descriptions, former_slugs, staff_actions, stock};
use crate::domain::{Details, Error, NewProduct, Product};
use crate::failure::Failure;
use crate::metrics::CATALOG_PRODUCT_READS;
use crate::schema::{categories as categories_table, products, stock as stock_table};

impl Store {
    /// The product for sale with this slug; else the one that had it before.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn product(&self, slug: &str) -> Result<Option<Product>, Failure> {
        CATALOG_PRODUCT_READS.inc();
        let _public = self.public().await;
        let mut conn = self.database.get().await?;
        let row: Option<ProductRow> = products::table
            .inner_join(categories_table::table)
            .inner_join(stock_table::table)
            .filter(products::slug.eq(slug))
            .filter(products::archived_at.is_null())
            .select(ProductRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        if let Some(row) = row {
            return Ok(Some(row.try_into()?));
        }
        let id = former_slugs::product_id(&mut conn, slug).await?;
        let found = load(&mut conn, &id.into_iter().collect::<Vec<_>>()).await?;
        Ok(found.into_iter().next().filter(|product| !product.archived))
    }

    /// The product with this SKU, for sale or archived.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn product_by_sku(&self, sku: &Sku) -> Result<Option<Product>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<ProductRow> = products::table
            .inner_join(categories_table::table)
            .inner_join(stock_table::table)
            .filter(products::sku.eq(sku.as_str()))
            .select(ProductRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        Ok(row.map(Product::try_from).transpose()?)
    }

    /// Those of `skus` that a product has, archived or not.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn existing_skus(&self, skus: &[&str]) -> Result<BTreeSet<String>, Failure> {
        let mut conn = self.database.get().await?;
        let existing: Vec<String> = products::table
            .filter(products::sku.eq_any(skus))
            .select(products::sku)
            .load(&mut conn)
            .await?;
        Ok(existing.into_iter().collect())
    }

    /// Adds a product, once for a key, with its event and its record.
    ///
    /// # Errors
    /// `KeyReused`; `SkuTaken`, `SkuArchived`, `SlugTaken`; `Invalid`: there is no such category; the database.
    pub(crate) async fn create_product(
        &self,
        new: NewProduct,
        by: UserId,
        request: idempotency::Request,
        now: DateTime<Utc>,
    ) -> Result<Product, Failure> {
        let sku = new.sku.clone();
        let created = self.insert_product(new, by, request, now).await;
        match created {
            Err(failure) if failure.violates("products_sku_key") => {
                // Products are never deleted, so the SKU still has one.
                let Some(product) = self.product_by_sku(&sku).await? else {
                    return Err(failure);
                };
                let name = product.details.name;
                let refused = match product.archived {
                    true => Error::SkuArchived { name },
                    false => Error::SkuTaken { name },
                };
                Err(refused.into())
            }
            created => created,
        }
    }

    async fn insert_product(
        &self,
        new: NewProduct,
        by: UserId,
        request: idempotency::Request,
        now: DateTime<Utc>,
    ) -> Result<Product, Failure> {
        self.database
            .transaction(async move |conn| {
                if let Some(product) = request.earlier(conn, now).await? {
                    return Ok(product);
                }
                let id = new.id.as_uuid();
                let details = &new.details;
                let category_id = lock_category(conn, details).await?;
                diesel::insert_into(products::table)
                    .values((
                        products::id.eq(id),
                        products::sku.eq(new.sku.as_str()),
                        products::in_stock.eq(new.on_hand > 0),
                        products::created_at.eq(now),
                        products::updated_at.eq(now),
                        DetailsRow::new(details, category_id)?,
                    ))
                    .execute(conn)
                    .await
                    .map_err(|error| Failure::from(error).or_refused(&slug_taken()))?;
                former_slugs::remove(conn, &details.slug).await?;
                stock::insert(conn, new.id, &new.sku, new.on_hand, now).await?;
                descriptions::add_of_products(conn, &[id]).await?;
                enqueue_changed(conn, id, None).await?;
                let product = find(conn, id).await?;
                staff_actions::product_created(conn, by, &product).await?;
                request.answered(conn, &product).await?;
                Ok(product)
            })
            .await
    }

    /// Replaces the details of a product, for sale or archived, if `version` is its current version, with its event.
    /// Also returns the previous slug, if that changed.
    ///
    /// # Errors
    /// `ProductNotFound`, `ProductChanged`, `SlugTaken`; `Invalid`: there is no such category; the database.
    pub(crate) async fn update_product(
        &self,
        sku: Sku,
        details: Details,
        version: i64,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(Product, Option<String>), Failure> {
        self.database
            .transaction(async move |conn| {
                let category_id = lock_category(conn, &details).await?;
                let stored: Option<(Uuid, String, i64, bool)> = products::table
                    .filter(products::sku.eq(sku.as_str()))
                    .select((
                        products::id,
                        products::slug,
                        products::version,
                        products::archived_at.is_null(),
                    ))
                    .for_update()
                    .first(conn)
                    .await
                    .optional()?;
                let (id, slug, current, is_for_sale) = stored.ok_or(Error::ProductNotFound)?;
                if current != version {
                    return Err(Error::ProductChanged { current }.into());
                }
                let before = find(conn, id).await?;
                diesel::update(products::table.find(id))
                    .set((
                        products::version.eq(products::version + 1),
                        products::updated_at.eq(now),
                        DetailsRow::new(&details, category_id)?,
                    ))
                    .execute(conn)
                    .await
                    .map_err(|error| Failure::from(error).or_refused(&slug_taken()))?;
                descriptions::add_of_products(conn, &[id]).await?;
                let previous_slug = (slug != details.slug).then_some(slug);
                if is_for_sale && let Some(previous) = &previous_slug {
                    former_slugs::add(conn, previous, id, now).await?;
                    former_slugs::remove(conn, &details.slug).await?;
                }
                enqueue_changed(conn, id, previous_slug.clone()).await?;
                let after = find(conn, id).await?;
                staff_actions::product_changed(conn, "product.update", by, &before, &after).await?;
                Ok((after, previous_slug))
            })
            .await
    }
}

/// The products with these ids, in any order.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<Vec<Product>, persistence::Error> {
    let rows: Vec<ProductRow> = products::table
        .inner_join(categories_table::table)
        .inner_join(stock_table::table)
        .filter(products::id.eq_any(ids))
        .select(ProductRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Product::try_from).collect()
}

pub(super) async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Product, Failure> {
    let found = load(conn, &[id]).await?;
    Ok(found
        .into_iter()
        .next()
        .ok_or(persistence::Error::NotFound)?)
}

/// The category of a product that is written. It is neither renamed nor deleted until the end of the transaction.
async fn lock_category(conn: &mut AsyncPgConnection, details: &Details) -> Result<Uuid, Failure> {
    let id = categories::lock_for_product(conn, &details.category).await?;
    Ok(id.ok_or_else(|| {
        Error::from(Violations::one(
            "category",
            "must be the slug of an existing category",
        ))
    })?)
}

/// The constraint on the slugs of products for sale.
pub(super) fn slug_taken() -> [(&'static str, Error); 1] {
    [("products_slug_key", Error::SlugTaken)]
}

/// Attributes as a `jsonb` object.
pub(super) fn containment(attributes: &BTreeMap<String, String>) -> Value {
    attributes
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
        .collect()
}
