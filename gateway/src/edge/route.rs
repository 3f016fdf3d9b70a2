//! The rows that a table of URLs is made of.

use chassis::auth::Access;

/// One method of one URL.
#[derive(Debug)]
pub struct Row {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The URL, with `{segments}`.
    pub path: &'static str,
    /// Names it in the OpenAPI document: `orders_place`.
    pub name: &'static str,
    /// Who may call it. Services check again.
    pub access: Access,
    /// Its time budget and rate limit.
    pub class: Class,
}

/// What a request costs: decides its time budget, its rate limit and whether it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Answered from a cache most of the time.
    Page,
    /// Searches the catalog; the answer is long.
    Search,
    /// Everything else.
    Api,
    /// Can be used to guess passwords or tokens.
    Identity,
    /// An event from the payment provider. They come in bursts, and must not be refused for long.
    Webhook,
}

/// The row that a request belongs to, among the request's extensions.
pub(crate) struct Matched(pub(crate) &'static Row);
