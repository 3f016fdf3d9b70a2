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

    /// Indexes the next products of a renamed category, or of all after a change of the text rules. Returns whether
    /// there may be more. Replicas may call this concurrently.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn rebuild_search(&self, batch: u32) -> Result<bool, Failure> {
        self.store.rebuild_search(batch).await
    }
}
