use std::sync::Arc;

use contracts::catalog::v1;
use kernel::Sku;

use super::App;
use crate::domain::{Details, NewProduct, Product};
use crate::failure::Failure;

impl App {
    /// The product for sale with this slug, from the product cache.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn product(&self, slug: &str) -> Result<Arc<v1::Product>, Arc<Failure>> {
        self.product_cache.product(slug).await
    }

    /// The products for sale with these SKUs, from the database.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn products(&self, skus: &[Sku]) -> Result<Vec<Product>, Failure> {
        self.store.products(skus).await
    }

    /// Adds a product and publishes an event.
    ///
    /// # Errors
    /// `SkuTaken`, `SlugTaken`, `CategoryNotFound`; the database.
    pub(crate) async fn create_product(&self, new: NewProduct) -> Result<Product, Failure> {
        let product = self.store.create_product(new, self.clock.now()).await?;
        self.outbox.wake();
        Ok(product)
    }

    /// Replaces the details of a product, if `version` is its current version, and publishes an event.
    ///
    /// # Errors
    /// `ProductNotFound`, `ProductChanged`, `SlugTaken`, `CategoryNotFound`; the database.
    pub(crate) async fn update_product(
        &self,
        sku: Sku,
        details: Details,
        version: i64,
    ) -> Result<Product, Failure> {
        let (product, previous_slug) = self
            .store
            .update_product(sku, details, version, self.clock.now())
            .await?;
        // Evict before the event is published: a consumer of the event must not read the old entry.
        self.product_cache.evict(&product.details.slug).await;
        if let Some(slug) = previous_slug {
            self.product_cache.evict(&slug).await;
        }
        self.outbox.wake();
        Ok(product)
    }

    /// Archives a product and publishes an event. Idempotent.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn archive_product(&self, sku: Sku) -> Result<Product, Failure> {
        let product = self.store.archive_product(sku, self.clock.now()).await?;
        self.product_cache.evict(&product.details.slug).await;
        self.outbox.wake();
        Ok(product)
    }
}
