//! Errors to statuses, and the reasons that `docs/errors.md` lists.

use chassis::status::{self, Reason, Reject, VALIDATION_FAILED};
use kernel::Violations;
use tonic::{Code, Status};

use crate::app::NotAccepted;
use crate::domain::BadWebhook;

/// The reason when the order has no payment, or none that the caller may see.
const PAYMENT_NOT_FOUND: &str = "PAYMENT_NOT_FOUND";
/// The reason when there is no such reconciliation.
const RECONCILIATION_NOT_FOUND: &str = "RECONCILIATION_NOT_FOUND";
/// The reason when a page token is none of ours.
const PAGE_TOKEN_INVALID: &str = "PAGE_TOKEN_INVALID";

/// The reason when a webhook was not signed as it should be.
const WEBHOOK_SIGNATURE_INVALID: &str = "WEBHOOK_SIGNATURE_INVALID";

/// What `payment` says no with. `docs/errors.md` is made from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "an order's id is not one; the payload of a webhook is no event",
    ),
    (
        PAYMENT_NOT_FOUND,
        Code::NotFound,
        "the order has no payment, or it is somebody else's",
    ),
    (
        WEBHOOK_SIGNATURE_INVALID,
        Code::InvalidArgument,
        "the signature of a webhook is missing, malformed, too old, too new, or by none of our secrets",
    ),
    (
        RECONCILIATION_NOT_FOUND,
        Code::NotFound,
        "there is no such reconciliation, or it is too old",
    ),
    (
        PAGE_TOKEN_INVALID,
        Code::InvalidArgument,
        "the page token was altered, or belongs to another query",
    ),
];

pub(super) fn not_found() -> Status {
    Reject::not_found(PAYMENT_NOT_FOUND, "this order has no payment").into()
}

pub(super) fn reconciliation_not_found() -> Status {
    Reject::not_found(RECONCILIATION_NOT_FOUND, "there is no such reconciliation").into()
}

pub(super) fn page_token_invalid() -> Status {
    Reject::invalid_argument(PAGE_TOKEN_INVALID, "the page token is not one").into()
}

pub(super) fn not_accepted(error: NotAccepted) -> Status {
    match error {
        NotAccepted::Bad(BadWebhook::Payload) => {
            invalid(Violations::one("payload", BadWebhook::Payload))
        }
        // Which of the reasons it was is in the metrics: it is nothing for a forger to learn from.
        NotAccepted::Bad(_) => {
            let message = "the signature does not show that the provider speaks";
            Reject::invalid_argument(WEBHOOK_SIGNATURE_INVALID, message).into()
        }
        NotAccepted::Failed(error) => failed(error),
    }
}

pub(super) fn invalid(violations: Violations) -> Status {
    Reject::from(violations).into()
}

pub(super) fn failed(error: persistence::Error) -> Status {
    if error.is_transient() {
        status::unavailable("postgres", error)
    } else {
        status::internal(error)
    }
}
