//! What callers are told when the answer is no. The reasons are part of the contract.

use std::borrow::Cow;

use chassis::reject::{Reject, VALIDATION_FAILED, internal, unavailable};
use tonic::{Code, Status};

use crate::domain::Error;
use crate::failure::Failure;

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
