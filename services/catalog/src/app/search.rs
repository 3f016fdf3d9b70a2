use super::App;
use crate::domain::{Error, Page, Search, SearchDraft};
use crate::failure::Failure;

impl App {
    /// One page of a search, and the token of the next page if there is one.
    ///
    /// # Errors
    /// `Invalid`, `PageTokenInvalid`; the database.
    pub(crate) async fn search(
        &self,
        draft: SearchDraft,
        page_token: &str,
    ) -> Result<(Page, Option<String>), Failure> {
        let search = Search::new(draft, &self.currencies)?;
        let list = search.list.clone();
        let after = self.pages.after(&list, page_token).map_err(Error::from)?;
        let page = self.store.search(search.starting_after(after)?).await?;
        let next = page.next.as_ref().map(|last| self.pages.next(&list, last));
        Ok((page, next))
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
