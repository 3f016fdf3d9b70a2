//! What callers are told when the answer is no. The reasons are part of the contract.

use std::borrow::Cow;

use chassis::reject::{Reason, Reject, VALIDATION_FAILED, internal, unavailable};
use tonic::{Code, Status};

use crate::domain::Error;
use crate::failure::Failure;

/// What `order` says no with. `docs/errors.md` is made from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "a field of a cart, an order or a refund breaks a rule; the violations name each",
    ),
    (
        "CART_EMPTY",
        Code::FailedPrecondition,
        "a checkout of a cart without lines",
    ),
    (
        "CART_FULL",
        Code::FailedPrecondition,
        "one more line than a cart can hold",
    ),
    (
        "CART_CHANGED",
        Code::Aborted,
        "the cart was changed at the same moment",
    ),
    (
        "PRODUCT_NOT_FOUND",
        Code::NotFound,
        "the catalog does not sell it; metadata `skus` names which",
    ),
    (
        "CURRENCY_MISMATCH",
        Code::FailedPrecondition,
        "the lines of a cart have prices in two currencies",
    ),
    (
        "TOTAL_CHANGED",
        Code::FailedPrecondition,
        "the total is not what the customer saw; metadata `total_minor_units`, `currency`",
    ),
    (
        "AMOUNT_TOO_LARGE",
        Code::InvalidArgument,
        "a sum is more than can be counted",
    ),
    (
        "DISCOUNT_INVALID",
        Code::FailedPrecondition,
        "the discount code is unknown, over, or not for this cart",
    ),
    (
        "DESTINATION_NOT_SERVED",
        Code::FailedPrecondition,
        "the shop does not ship to the country",
    ),
    (
        "IDEMPOTENCY_KEY_REUSED",
        Code::FailedPrecondition,
        "the Idempotency-Key came before with another request",
    ),
    (
        "IDEMPOTENCY_KEY_IN_USE",
        Code::Aborted,
        "the first request with the Idempotency-Key still runs",
    ),
    (
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "the page token was altered, or belongs to another query",
    ),
    (
        "ORDER_NOT_FOUND",
        Code::NotFound,
        "there is no such order, or it is somebody else's",
    ),
    (
        "ORDER_NOT_CANCELLABLE",
        Code::FailedPrecondition,
        "the order is shipped or over, or is being committed or rejected at this moment",
    ),
    (
        "ORDER_NOT_SHIPPABLE",
        Code::FailedPrecondition,
        "the order is not confirmed, or already on its way",
    ),
    (
        "ORDER_NOT_DELIVERABLE",
        Code::FailedPrecondition,
        "the order is not shipped",
    ),
    (
        "ORDER_NOT_REFUNDABLE",
        Code::FailedPrecondition,
        "nothing of the order was captured",
    ),
    (
        "REFUND_EXCEEDS_CAPTURED",
        Code::FailedPrecondition,
        "more than is left to give back; metadata `left_minor_units`, `currency`",
    ),
];

/// The status of a failure.
pub(super) fn status(failure: Failure) -> Status {
    match failure {
        Failure::Refused(error) => refusal(&error).into(),
        Failure::Database(error) if error.is_transient() => unavailable("postgres", chain(&error)),
        Failure::Database(error) => internal(chain(&error)),
        Failure::Catalog(status) => match status.code() {
            Code::Internal | Code::InvalidArgument | Code::Unimplemented => internal(status),
            _ => unavailable("catalog", status),
        },
        other @ (Failure::CatalogAnswer(_) | Failure::StoredAnswer(_)) => internal(chain(&other)),
    }
}

fn refusal(error: &Error) -> Reject {
    let message: Cow<'static, str> = error.to_string().into();
    match error {
        Error::Invalid(violations) => {
            let reject =
                Reject::invalid_argument(VALIDATION_FAILED, "some fields are not as they must be");
            violations
                .clone()
                .into_vec()
                .into_iter()
                .fold(reject, |reject, violation| {
                    reject.field(violation.field, violation.message)
                })
        }
        Error::CartEmpty => Reject::failed_precondition("CART_EMPTY", message),
        Error::CartFull => Reject::failed_precondition("CART_FULL", message),
        Error::ProductNotFound(skus) => {
            Reject::not_found("PRODUCT_NOT_FOUND", message).metadata("skus", skus.join(","))
        }
        Error::CurrencyMismatch => Reject::failed_precondition("CURRENCY_MISMATCH", message),
        Error::TotalChanged(total) => Reject::failed_precondition("TOTAL_CHANGED", message)
            .metadata("total_minor_units", total.minor_units())
            .metadata("currency", total.currency()),
        Error::DiscountInvalid(_) => Reject::failed_precondition("DISCOUNT_INVALID", message),
        Error::DestinationNotServed(_) => {
            Reject::failed_precondition("DESTINATION_NOT_SERVED", message)
        }
        Error::KeyReused => Reject::failed_precondition("IDEMPOTENCY_KEY_REUSED", message),
        Error::KeyInUse => Reject::aborted("IDEMPOTENCY_KEY_IN_USE", message),
        Error::CartChanged => Reject::aborted("CART_CHANGED", message),
        Error::OrderNotFound => Reject::not_found("ORDER_NOT_FOUND", message),
        Error::NotCancellable(_) => Reject::failed_precondition("ORDER_NOT_CANCELLABLE", message),
        Error::NotShippable(_) => Reject::failed_precondition("ORDER_NOT_SHIPPABLE", message),
        Error::NotDeliverable => Reject::failed_precondition("ORDER_NOT_DELIVERABLE", message),
        Error::NotRefundable => Reject::failed_precondition("ORDER_NOT_REFUNDABLE", message),
        Error::RefundExceedsCaptured(left) => {
            Reject::failed_precondition("REFUND_EXCEEDS_CAPTURED", message)
                .metadata("left_minor_units", left.minor_units())
                .metadata("currency", left.currency())
        }
        Error::PageTokenInvalid => Reject::invalid_argument("PAGE_TOKEN_INVALID", message),
        Error::AmountTooLarge => Reject::invalid_argument("AMOUNT_TOO_LARGE", message),
    }
}

/// The error and its causes in one line, for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
