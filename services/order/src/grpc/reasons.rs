//! Converts errors to statuses.

use std::time::Duration;

use chassis::status::{self, Details, Reason, Reject, VALIDATION_FAILED};
use tonic::{Code, Status};

use crate::domain::{Error, MAX_NAMED_LINES};
use crate::failure::Failure;

/// Why `order` refuses a call. `docs/errors.md` is generated from it.
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
        "CART_TOKEN_INVALID",
        Code::InvalidArgument,
        "the shop did not issue the token of a guest's cart",
    ),
    (
        "CART_FULL",
        Code::FailedPrecondition,
        "one line more than a cart can hold",
    ),
    (
        "CART_CHANGED",
        Code::Aborted,
        "the cart kept changing while it was changed or ordered",
    ),
    (
        "CART_NOT_SELLABLE",
        Code::FailedPrecondition,
        "a checkout of a cart with lines that cannot be sold; the violations name each SKU and reason",
    ),
    (
        "PRODUCT_NOT_FOUND",
        Code::NotFound,
        "a product is not for sale; metadata `sku`",
    ),
    (
        "CURRENCY_MISMATCH",
        Code::FailedPrecondition,
        "a product, or shipping, has another currency than the cart; metadata `currency`, `other_currency`",
    ),
    (
        "TOTAL_CHANGED",
        Code::FailedPrecondition,
        "the total differs from `expected_total`; metadata `total_minor_units`, `currency`",
    ),
    (
        "AMOUNT_TOO_LARGE",
        Code::InvalidArgument,
        "the total is above `checkout.max_total_minor_units`, or an amount beyond 64 bits",
    ),
    (
        "PAYMENT_METHOD_UNKNOWN",
        Code::FailedPrecondition,
        "the payment provider has no such payment method",
    ),
    (
        "TOO_MANY_DECLINES",
        Code::ResourceExhausted,
        "a checkout after too many declined payments of the account, the card or the network; with a retry delay",
    ),
    (
        "DISCOUNT_INVALID",
        Code::FailedPrecondition,
        "the discount code is unknown, not valid now, used up, or not for this cart",
    ),
    (
        "DISCOUNT_NOT_FOUND",
        Code::NotFound,
        "there is no such discount code; only for staff",
    ),
    (
        "DISCOUNT_EXISTS",
        Code::AlreadyExists,
        "the discount code exists, or existed before",
    ),
    (
        "DISCOUNT_CHANGED",
        Code::Aborted,
        "the discount code was changed after it was read; metadata `version` is the current version",
    ),
    (
        "DISCOUNT_ENDED",
        Code::FailedPrecondition,
        "a change of a discount code that has ended",
    ),
    (
        "DESTINATION_NOT_SERVED",
        Code::FailedPrecondition,
        "the shop does not ship to the country",
    ),
    (
        "IDEMPOTENCY_KEY_REUSED",
        Code::FailedPrecondition,
        "the Idempotency-Key was used for another request",
    ),
    (
        "IDEMPOTENCY_KEY_IN_USE",
        Code::Aborted,
        "the first request with the Idempotency-Key is still running",
    ),
    (
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "the page token was altered, has expired, or belongs to another list or caller",
    ),
    (
        "ORDER_NOT_FOUND",
        Code::NotFound,
        "there is no such order, or it belongs to another customer",
    ),
    (
        "ORDER_NOT_CANCELLABLE",
        Code::FailedPrecondition,
        "the order is shipped or has ended, or is being committed, rejected or shipped",
    ),
    (
        "ORDER_NOT_SHIPPABLE",
        Code::FailedPrecondition,
        "the order is not confirmed, or is being shipped or cancelled",
    ),
    (
        "ORDER_NOT_DELIVERABLE",
        Code::FailedPrecondition,
        "the order is not shipped",
    ),
    (
        "ORDER_NOT_REFUNDABLE",
        Code::FailedPrecondition,
        "nothing of the order was captured, or it has too many refunds",
    ),
    (
        "REFUND_EXCEEDS_CAPTURED",
        Code::FailedPrecondition,
        "more than the rest of the captured amount; metadata `left_minor_units`, `currency`",
    ),
    (
        "REFUND_EXCEEDS_BOUGHT",
        Code::FailedPrecondition,
        "units that are refunded or in an open return; metadata `sku`, `left`",
    ),
    (
        "ORDER_NOT_RETURNABLE",
        Code::FailedPrecondition,
        "the order is not shipped, the period for returns is over, or it has too many returns",
    ),
    (
        "RETURN_EXCEEDS_BOUGHT",
        Code::FailedPrecondition,
        "units that are refunded or in another return; metadata `sku`, `left`",
    ),
    (
        "RETURN_NOT_FOUND",
        Code::NotFound,
        "there is no such return, or it belongs to another customer",
    ),
    (
        "RETURN_NOT_OPEN",
        Code::FailedPrecondition,
        "the return was approved, refused or withdrawn",
    ),
    (
        "OWN_ORDER",
        Code::PermissionDenied,
        "a refund, or a decision about a return, of the staff member's own order",
    ),
    (
        "SAGA_NOT_IN_FLIGHT",
        Code::FailedPrecondition,
        "no reply is awaited for the order",
    ),
    (
        "SAGA_PAST_PIVOT",
        Code::FailedPrecondition,
        "the order is being committed or captured, and only the reply decides",
    ),
];

const fn reason(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => VALIDATION_FAILED,
        Error::CartEmpty => "CART_EMPTY",
        Error::CartTokenInvalid => "CART_TOKEN_INVALID",
        Error::CartFull => "CART_FULL",
        Error::ProductNotFound(_) => "PRODUCT_NOT_FOUND",
        Error::NotSellable(_) => "CART_NOT_SELLABLE",
        Error::CurrencyMismatch { .. } => "CURRENCY_MISMATCH",
        Error::TotalChanged(_) => "TOTAL_CHANGED",
        Error::DiscountInvalid => "DISCOUNT_INVALID",
        Error::DiscountNotFound => "DISCOUNT_NOT_FOUND",
        Error::DiscountExists => "DISCOUNT_EXISTS",
        Error::DiscountChanged { .. } => "DISCOUNT_CHANGED",
        Error::DiscountEnded => "DISCOUNT_ENDED",
        Error::DestinationNotServed(_) => "DESTINATION_NOT_SERVED",
        Error::KeyReused => "IDEMPOTENCY_KEY_REUSED",
        Error::KeyInUse => "IDEMPOTENCY_KEY_IN_USE",
        Error::CartChanged => "CART_CHANGED",
        Error::OrderNotFound => "ORDER_NOT_FOUND",
        Error::NotCancellable(_) => "ORDER_NOT_CANCELLABLE",
        Error::NotShippable(_) => "ORDER_NOT_SHIPPABLE",
        Error::NotDeliverable => "ORDER_NOT_DELIVERABLE",
        Error::NotRefundable(_) => "ORDER_NOT_REFUNDABLE",
        Error::RefundExceedsCaptured(_) => "REFUND_EXCEEDS_CAPTURED",
        Error::RefundExceedsBought { .. } => "REFUND_EXCEEDS_BOUGHT",
        Error::NotReturnable(_) => "ORDER_NOT_RETURNABLE",
        Error::ReturnExceedsBought { .. } => "RETURN_EXCEEDS_BOUGHT",
        Error::ReturnNotFound => "RETURN_NOT_FOUND",
        Error::ReturnNotOpen(_) => "RETURN_NOT_OPEN",
        Error::OwnOrder => "OWN_ORDER",
        Error::SagaNotInFlight => "SAGA_NOT_IN_FLIGHT",
        Error::SagaPastPivot => "SAGA_PAST_PIVOT",
        Error::PageTokenInvalid(_) => "PAGE_TOKEN_INVALID",
        Error::AmountTooLarge | Error::TotalTooLarge(_) => "AMOUNT_TOO_LARGE",
        Error::TooManyDeclines(_) => "TOO_MANY_DECLINES",
        Error::PaymentMethodUnknown => "PAYMENT_METHOD_UNKNOWN",
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
        Error::ProductNotFound(sku) => reject.metadata("sku", sku),
        Error::NotSellable(lines) => {
            let named = lines.iter().take(MAX_NAMED_LINES);
            named.fold(reject, |reject, line| {
                reject.field(format!("lines.{}", line.sku), line.reason.explain())
            })
        }
        Error::CurrencyMismatch {
            currency, other, ..
        } => reject
            .metadata("currency", currency)
            .metadata("other_currency", other),
        Error::TooManyDeclines(reached) => {
            reject.retry_after(Duration::from_secs(reached.retry_after_s.into()))
        }
        Error::DiscountChanged { current } => reject.metadata("version", current),
        Error::TotalChanged(total) => reject
            .metadata("total_minor_units", total.minor_units())
            .metadata("currency", total.currency()),
        Error::RefundExceedsBought { sku, left } | Error::ReturnExceedsBought { sku, left } => {
            reject.metadata("sku", sku).metadata("left", left)
        }
        Error::RefundExceedsCaptured(left) => reject
            .metadata("left_minor_units", left.minor_units())
            .metadata("currency", left.currency()),
        _ => reject,
    }
    .into()
}

/// Whether the same call to the catalog fails again: because of a bug, or of a message above the limit.
fn is_bug(answer: &Status) -> bool {
    match answer.code() {
        Code::ResourceExhausted => Details::from_status(answer).reason != status::OVERLOADED,
        code => matches!(
            code,
            Code::Internal
                | Code::InvalidArgument
                | Code::Unimplemented
                | Code::OutOfRange
                | Code::DataLoss
        ),
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => refuse(error),
            Failure::Database(error) if error.is_transient() => {
                status::unavailable("postgres", error)
            }
            Failure::Database(error) => status::internal(error),
            Failure::Catalog(status) if is_bug(&status) => status::internal(*status),
            Failure::Catalog(status) => status::unavailable("catalog", *status),
            other @ Failure::CatalogAnswer(_) => status::internal(other),
        }
    }
}

#[cfg(test)]
mod tests;
