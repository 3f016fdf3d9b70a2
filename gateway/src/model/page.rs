/// Which page of a list is wanted.
pub(crate) struct PageRequest {
    /// Elements a page; 0 leaves it to the service.
    pub(crate) size: u32,
    /// `next_page_token` of the page before; absent for the first.
    pub(crate) token: Option<String>,
}
