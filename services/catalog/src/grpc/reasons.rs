//! Maps errors to statuses. `docs/errors.md` lists the reasons.

use std::sync::Arc;

use chassis::status::{self, Reason, Reject, VALIDATION_FAILED};
use tonic::{Code, Status};

use crate::domain::Error;
use crate::failure::Failure;

/// Why `catalog` refuses a call. `docs/errors.md` is generated from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "a field of a product, a category, a search or a change of stock breaks a rule; the violations name each",
    ),
    (
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "the page token was altered, has expired, or belongs to another list, query, filter or sort",
    ),
    (
        "PRODUCT_NOT_FOUND",
        Code::NotFound,
        "the product does not exist, or is archived",
    ),
    (
        "CATEGORY_NOT_FOUND",
        Code::NotFound,
        "no category has the slug",
    ),
    (
        "CATEGORY_NOT_EMPTY",
        Code::FailedPrecondition,
        "the category has products; metadata `for_sale` and `archived` are their numbers",
    ),
    (
        "CATEGORY_SLUG_TAKEN",
        Code::AlreadyExists,
        "another category has the slug",
    ),
    (
        "SKU_TAKEN",
        Code::AlreadyExists,
        "another product has the SKU; metadata `name` is its name, `archived` whether it is archived",
    ),
    (
        "SLUG_TAKEN",
        Code::AlreadyExists,
        "another product for sale has the slug",
    ),
    (
        "IDEMPOTENCY_KEY_REUSED",
        Code::FailedPrecondition,
        "the account used the idempotency key for another request",
    ),
    (
        "CATEGORY_CHANGED",
        Code::Aborted,
        "the category was changed after it was read; metadata `version` is the current version",
    ),
    (
        "PRODUCT_CHANGED",
        Code::Aborted,
        "the product was changed after it was read; metadata `version` is the current version",
    ),
    (
        "STOCK_INSUFFICIENT",
        Code::FailedPrecondition,
        "on hand would fall below reserved; metadata `available` is the number of units that can be removed",
    ),
];

const fn reason(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => VALIDATION_FAILED,
        Error::PageTokenInvalid(_) => "PAGE_TOKEN_INVALID",
        Error::ProductNotFound => "PRODUCT_NOT_FOUND",
        Error::CategoryNotFound => "CATEGORY_NOT_FOUND",
        Error::CategoryNotEmpty { .. } => "CATEGORY_NOT_EMPTY",
        Error::CategoryChanged { .. } => "CATEGORY_CHANGED",
        Error::KeyReused => "IDEMPOTENCY_KEY_REUSED",
        Error::CategorySlugTaken => "CATEGORY_SLUG_TAKEN",
        Error::SkuTaken { .. } | Error::SkuArchived { .. } => "SKU_TAKEN",
        Error::SlugTaken => "SLUG_TAKEN",
        Error::ProductChanged { .. } => "PRODUCT_CHANGED",
        Error::StockInsufficient { .. } => "STOCK_INSUFFICIENT",
    }
}

fn refuse(error: Error) -> Status {
    let reason = reason(&error);
    let code = REASONS
        .iter()
        .find(|(listed, ..)| *listed == reason)
        .map_or(Code::Internal, |(_, code, _)| *code);
    let reject = Reject::new(code, reason, error.to_string());
    match error {
        Error::Invalid(violations) => Reject::from(violations),
        Error::CategoryChanged { current } | Error::ProductChanged { current } => {
            reject.metadata("version", current)
        }
        Error::SkuTaken { name } => reject.metadata("name", name).metadata("archived", false),
        Error::SkuArchived { name } => reject.metadata("name", name).metadata("archived", true),
        Error::CategoryNotEmpty { for_sale, archived } => reject
            .metadata("for_sale", for_sale)
            .metadata("archived", archived),
        Error::StockInsufficient { available } => reject.metadata("available", available),
        _ => reject,
    }
    .into()
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        shared(Arc::new(failure))
    }
}

/// The status of a failure that concurrent callers share.
pub(super) fn shared(failure: Arc<Failure>) -> Status {
    match &*failure {
        Failure::Refused(error) => refuse(error.clone()),
        Failure::Database(error) if error.is_transient() => {
            status::unavailable("postgres", failure)
        }
        Failure::Database(_) => status::internal(failure),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Violations;
    use tokens::PageTokenInvalid;

    use super::*;

    #[test]
    fn every_error_is_listed_with_a_code() {
        for error in [
            Error::Invalid(Violations::one("a", "b")),
            Error::PageTokenInvalid(PageTokenInvalid),
            Error::ProductNotFound,
            Error::CategoryNotFound,
            Error::CategoryNotEmpty {
                for_sale: 1,
                archived: 0,
            },
            Error::CategorySlugTaken,
            Error::SkuTaken {
                name: "Espresso".to_owned(),
            },
            Error::SkuArchived {
                name: "Espresso".to_owned(),
            },
            Error::SlugTaken,
            Error::KeyReused,
            Error::CategoryChanged { current: 2 },
            Error::ProductChanged { current: 2 },
            Error::StockInsufficient { available: 1 },
        ] {
            let name = reason(&error);
            let status = refuse(error);
            assert_ne!(status.code(), Code::Internal, "{name} is not in REASONS");
            assert_eq!(status::Details::from_status(&status).reason, name);
        }
    }
}
