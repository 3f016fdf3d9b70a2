//! The rows of a URL table.

use chassis::auth::Access;

/// One method of one URL.
#[derive(Debug)]
pub struct Row {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The URL, with `{segments}`.
    pub path: &'static str,
    /// `operationId` in the OpenAPI document: `orders_place`.
    pub name: &'static str,
    /// Who may call it. The services check again.
    pub access: Access,
    /// Selects its time budget and rate limit.
    pub class: Class,
}

/// Selects time budget, rate limit and compression of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Usually served from the product cache or from memory.
    Page,
    /// Searches the catalog; its responses are large and compressed.
    Search,
    /// Everything else.
    Api,
    /// Checks a password or refresh token, so it could be used to guess one.
    Identity,
    /// A webhook of the payment provider. Webhooks come in bursts; the provider retries rejected ones.
    Webhook,
}

/// The row that a request matched; stored in the request's extensions.
pub(crate) struct Matched(pub(crate) &'static Row);
