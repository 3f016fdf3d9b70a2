use kernel::Violations;

/// Why the catalog says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields of the request are not as they must be.
    #[error("the request is not valid: {0}")]
    Invalid(Violations),
    /// The page token was altered, or belongs to another query, filter or sort.
    #[error("the page token does not belong to this search")]
    PageTokenInvalid,
    /// There is no such product on the shelf.
    #[error("there is no such product")]
    ProductNotFound,
    /// There is no such category.
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
    /// Somebody else wrote the product after it was read.
    #[error("the product was changed meanwhile: its version is {current}")]
    ProductChanged {
        /// The version that is stored.
        current: i64,
    },
    /// On hand would fall below reserved, or grow beyond what can be counted.
    #[error("only {available} units are not reserved")]
    StockInsufficient {
        /// Units that could be taken away.
        available: u32,
    },
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}
