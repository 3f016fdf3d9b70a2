use std::sync::Arc;

use contracts::catalog::v1;
use kernel::{Sku, UserId};

use super::App;
use crate::domain::{
    Details, Error, NewProduct, Offer, Product, ProductList, ProductSummary, is_product_slug,
};
use crate::failure::Failure;

impl App {
    /// The product for sale with this slug, from the product cache.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn product(&self, slug: &str) -> Result<Arc<v1::Product>, Arc<Failure>> {
        if !is_product_slug(slug) {
            return Err(Arc::new(Error::ProductNotFound.into()));
        }
        self.product_cache.product(slug).await
    }

    /// The product with this SKU, for sale or archived, from the database.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn product_by_sku(&self, sku: &Sku) -> Result<Product, Failure> {
        let product = self.store.product_by_sku(sku).await?;
        Ok(product.ok_or(Error::ProductNotFound)?)
    }

    /// The products of a page, and the token of the next page if there is one.
    ///
    /// # Errors
    /// `PageTokenInvalid`; the database.
    pub(crate) async fn list_products(
        &self,
        mut list: ProductList,
        page_token: &str,
    ) -> Result<(Vec<ProductSummary>, Option<String>), Failure> {
        let after = self.pages.after(&list.list(), page_token);
        list.before = after.map_err(Error::from)?;
        let mut products = self.store.list_products(list).await?;
        let size = usize::try_from(list.page_size).unwrap_or(usize::MAX);
        let has_more = products.len() > size;
        products.truncate(size);
        let last = products.last().filter(|_| has_more);
        let next = last.map(|last| self.pages.next(&list.list(), &last.id.as_uuid()));
        Ok((products, next))
    }

    /// What carts, checkouts and pages of orders need to know about these SKUs, from the database.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn offers(
        &self,
        skus: &[Sku],
        with_covers: bool,
    ) -> Result<Vec<Offer>, Failure> {
        self.store.offers(skus, with_covers).await
    }

    /// Adds a product, once for a key, and publishes an event.
    ///
    /// # Errors
    /// `KeyReused`; `SkuTaken`, `SkuArchived`, `SlugTaken`; `Invalid`: there is no such category; the database.
    pub(crate) async fn create_product(
        &self,
        new: NewProduct,
        by: UserId,
        request: idempotency::Request,
    ) -> Result<Product, Failure> {
        let now = self.clock.now();
        let product = self.store.create_product(new, by, request, now).await?;
        // The slug may have led to a product that had it before.
        self.product_cache.evict(&product.details.slug).await;
        self.outbox.wake();
        Ok(product)
    }

    /// Replaces the details of a product, if `version` is its current version, and publishes an event.
    ///
    /// # Errors
    /// `ProductNotFound`, `ProductChanged`, `SlugTaken`; `Invalid`: there is no such category; the database.
    pub(crate) async fn update_product(
        &self,
        sku: Sku,
        details: Details,
        version: i64,
        by: UserId,
    ) -> Result<Product, Failure> {
        let (product, previous_slug) = self
            .store
            .update_product(sku, details, version, by, self.clock.now())
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
    pub(crate) async fn archive_product(&self, sku: Sku, by: UserId) -> Result<Product, Failure> {
        let product = self
            .store
            .archive_product(sku, by, self.clock.now())
            .await?;
        self.product_cache.evict(&product.details.slug).await;
        self.outbox.wake();
        Ok(product)
    }

    /// Puts an archived product on sale again and publishes an event. Idempotent.
    ///
    /// # Errors
    /// `ProductNotFound`, `SlugTaken`; the database.
    pub(crate) async fn restore_product(&self, sku: Sku, by: UserId) -> Result<Product, Failure> {
        let product = self
            .store
            .restore_product(sku, by, self.clock.now())
            .await?;
        self.product_cache.evict(&product.details.slug).await;
        self.outbox.wake();
        Ok(product)
    }
}
