use kernel::Violations;
use tokens::PageTokenInvalid;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields of the request are invalid.
    #[error("the request is not valid: {0}")]
    Invalid(Violations),
    /// The page token was altered, has expired, or belongs to another list.
    #[error(transparent)]
    PageTokenInvalid(#[from] PageTokenInvalid),
    /// The product does not exist, or is archived.
    #[error("no product has this slug or SKU")]
    ProductNotFound,
    /// The category does not exist.
    #[error("no category has this slug")]
    CategoryNotFound,
    /// The category has products.
    #[error(
        "the category has products ({for_sale} for sale, {archived} archived); give them another category first"
    )]
    CategoryNotEmpty {
        /// Its products for sale.
        for_sale: i64,
        /// Its archived products.
        archived: i64,
    },
    /// Another category has the slug.
    #[error("another category has this slug")]
    CategorySlugTaken,
    /// The account used the idempotency key for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Another product has the SKU.
    #[error("the product \"{name}\" has this SKU; choose another SKU")]
    SkuTaken {
        /// Name of the product that has it.
        name: String,
    },
    /// An archived product has the SKU.
    #[error("the archived product \"{name}\" has this SKU; restore it, or choose another SKU")]
    SkuArchived {
        /// Name of the product that has it.
        name: String,
    },
    /// Another product for sale has the slug.
    #[error("another product for sale has this slug")]
    SlugTaken,
    /// The category was changed after it was read.
    #[error("the category has changed: its version is {current}; read it and repeat the change")]
    CategoryChanged {
        /// The current version.
        current: i64,
    },
    /// The product was changed after it was read.
    #[error("the product has changed: its version is {current}; read it and repeat the change")]
    ProductChanged {
        /// The current version.
        current: i64,
    },
    /// On hand would fall below reserved.
    #[error("at most {available} units can be removed: those on hand and not reserved for orders")]
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
