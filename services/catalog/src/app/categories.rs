use kernel::UserId;

use super::App;
use crate::domain::{Category, CategoryDraft, Error, is_category_slug};
use crate::failure::Failure;

impl App {
    /// All categories, by position.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn categories(&self) -> Result<Vec<Category>, Failure> {
        self.store.categories().await
    }

    /// Adds a category, once for a key.
    ///
    /// # Errors
    /// `KeyReused`; `CategorySlugTaken`; `Invalid` when there are [`Category::MAX`]; the database.
    pub(crate) async fn create_category(
        &self,
        category: Category,
        by: UserId,
        request: idempotency::Request,
    ) -> Result<Category, Failure> {
        let now = self.clock.now();
        self.store.create_category(category, by, request, now).await
    }

    /// Replaces the contents of a category.
    ///
    /// # Errors
    /// `CategoryNotFound`; `CategoryChanged`; `Invalid`; `CategorySlugTaken`; the database.
    pub(crate) async fn update_category(
        &self,
        slug: String,
        draft: CategoryDraft,
        version: i64,
        by: UserId,
    ) -> Result<Category, Failure> {
        if !is_category_slug(&slug) {
            return Err(Error::CategoryNotFound.into());
        }
        self.store.update_category(slug, draft, version, by).await
    }

    /// Deletes a category that has no products.
    ///
    /// # Errors
    /// `CategoryNotFound`, `CategoryNotEmpty`; the database.
    pub(crate) async fn delete_category(&self, slug: String, by: UserId) -> Result<(), Failure> {
        if !is_category_slug(&slug) {
            return Err(Error::CategoryNotFound.into());
        }
        self.store.delete_category(slug, by).await
    }
}
