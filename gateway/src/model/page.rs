/// The requested page of a list; by default the first one.
#[derive(Default)]
pub(crate) struct PageRequest {
    /// Elements per page; 0 means the service's default.
    pub(crate) size: u32,
    /// `next_page_token` of the previous page; absent for the first page.
    pub(crate) token: Option<String>,
}
