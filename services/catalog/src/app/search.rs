use super::App;
use crate::domain::{Page, Search};
use crate::failure::Failure;

impl App {
    /// One page of a search.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn search(&self, search: Search) -> Result<Page, Failure> {
        self.store.search(search).await
    }
}
