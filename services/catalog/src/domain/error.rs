use kernel::Violations;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields of the request are invalid.
    #[error("the request is not valid: {0}")]
    Invalid(Violations),
    /// The page token was altered, or belongs to another query, filter or sort.
    #[error("page_token belongs to another search; start again with the first page")]
    PageTokenInvalid,
    /// The product does not exist, or is archived.
    #[error("there is no such product")]
    ProductNotFound,
    /// The category does not exist.
    #[error("there is no such category")]
    CategoryNotFound,
    /// Another category has the slug.
    #[error("another category has this slug")]
    CategorySlugTaken,
    /// Another product has the SKU.
    #[error("another product has this SKU")]
    SkuTaken,
    /// Another product has the slug.
    #[error("another product has this slug")]
    SlugTaken,
    /// The product was changed after it was read.
    #[error("the product has changed: its version is {current}; read it and repeat the change")]
    ProductChanged {
        /// The current version.
        current: i64,
    },
    /// On hand would fall below reserved.
    #[error("at most {available} units can be removed; the others on hand are reserved for orders")]
    StockInsufficient {
        /// Units that could be removed.
        available: u32,
    },
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}
