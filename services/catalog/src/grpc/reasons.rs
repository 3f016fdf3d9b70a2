//! Errors to statuses, and the reasons that `docs/errors.md` lists.

use std::sync::Arc;

use chassis::reject::{self, Reject, VALIDATION_FAILED};
use tonic::{Code, Status};

use crate::domain::Refusal;
use crate::store::Error;

/// What `catalog` says no with: reason, code, and when. `docs/errors.md` is made from it.
pub const REASONS: &[(&str, Code, &str)] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "a field of a product, a category, a search or a change of stock breaks a rule; the violations name each",
    ),
    (
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "the page token was altered, or belongs to another query, filter or sort",
    ),
    (
        "PRODUCT_NOT_FOUND",
        Code::NotFound,
        "there is no such product, or it is off the shelf",
    ),
    (
        "CATEGORY_NOT_FOUND",
        Code::NotFound,
        "the category that a product is to stand in does not exist",
    ),
    (
        "CATEGORY_SLUG_TAKEN",
        Code::AlreadyExists,
        "another category has the slug",
    ),
    (
        "SKU_TAKEN",
        Code::AlreadyExists,
        "another product has the SKU",
    ),
    (
        "SLUG_TAKEN",
        Code::AlreadyExists,
        "another product has the slug",
    ),
    (
        "PRODUCT_CHANGED",
        Code::Aborted,
        "another version of the product was stored after it was read; metadata `version` says which",
    ),
    (
        "STOCK_INSUFFICIENT",
        Code::FailedPrecondition,
        "on hand would fall below reserved; metadata `available` says how much can be taken",
    ),
];

const fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Invalid(_) => VALIDATION_FAILED,
        Refusal::PageTokenInvalid => "PAGE_TOKEN_INVALID",
        Refusal::ProductNotFound => "PRODUCT_NOT_FOUND",
        Refusal::CategoryNotFound => "CATEGORY_NOT_FOUND",
        Refusal::CategorySlugTaken => "CATEGORY_SLUG_TAKEN",
        Refusal::SkuTaken => "SKU_TAKEN",
        Refusal::SlugTaken => "SLUG_TAKEN",
        Refusal::ProductChanged { .. } => "PRODUCT_CHANGED",
        Refusal::StockInsufficient { .. } => "STOCK_INSUFFICIENT",
    }
}

/// A rule's no.
pub(crate) fn refused(refusal: Refusal) -> Status {
    let reason = reason(&refusal);
    let code = REASONS
        .iter()
        .find(|(listed, ..)| *listed == reason)
        .map_or(Code::Internal, |(_, code, _)| *code);
    let reject = Reject::new(code, reason, refusal.to_string());
    match refusal {
        Refusal::Invalid(violations) => violations
            .into_vec()
            .into_iter()
            .fold(reject, |reject, violation| {
                reject.field(violation.field, violation.message)
            }),
        Refusal::ProductChanged { current } => reject.metadata("version", current),
        Refusal::StockInsufficient { available } => reject.metadata("available", available),
        _ => reject,
    }
    .into()
}

/// A no, or trouble whose cause stays in our log.
pub(crate) fn failed(error: Error) -> Status {
    match error {
        Error::Refused(refusal) => refused(refusal),
        Error::Database(error) => trouble(&error),
    }
}

/// As [`failed`], for an error that several callers share.
pub(crate) fn failed_shared(error: Arc<Error>) -> Status {
    match &*error {
        Error::Refused(refusal) => refused(refusal.clone()),
        Error::Database(error) => trouble(error),
    }
}

fn trouble(error: &persistence::Error) -> Status {
    let cause = std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
    if error.is_transient() {
        reject::unavailable("postgres", cause)
    } else {
        reject::internal(cause)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Violations;

    use super::*;

    #[test]
    fn every_refusal_is_listed_with_a_code() {
        for refusal in [
            Refusal::Invalid(Violations::one("a", "b")),
            Refusal::PageTokenInvalid,
            Refusal::ProductNotFound,
            Refusal::CategoryNotFound,
            Refusal::CategorySlugTaken,
            Refusal::SkuTaken,
            Refusal::SlugTaken,
            Refusal::ProductChanged { current: 2 },
            Refusal::StockInsufficient { available: 1 },
        ] {
            let name = reason(&refusal);
            let status = refused(refusal);
            assert_ne!(status.code(), Code::Internal, "{name} is not in REASONS");
            assert_eq!(reject::Rejection::from_status(&status).reason, name);
        }
    }
}
