use super::App;
use crate::domain::Category;
use crate::failure::Failure;

impl App {
    /// All categories, by position.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn categories(&self) -> Result<Vec<Category>, Failure> {
        self.store.categories().await
    }

    /// Adds a category.
    ///
    /// # Errors
    /// `CategorySlugTaken`; `Invalid` when there are [`Category::MAX`]; the database.
    pub(crate) async fn create_category(&self, category: Category) -> Result<Category, Failure> {
        self.store.create_category(&category).await?;
        Ok(category)
    }
}
