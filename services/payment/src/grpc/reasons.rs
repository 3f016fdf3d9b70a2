//! Maps errors to statuses. `docs/errors.md` lists the reasons.

use chassis::status::{self, Reason, Reject, VALIDATION_FAILED};
use kernel::Violations;
use tokens::PageTokenInvalid;
use tonic::{Code, Status};

use crate::app::NotAccepted;
use crate::failure::Failure;

const PAYMENT_NOT_FOUND: &str = "PAYMENT_NOT_FOUND";
const RECONCILIATION_NOT_FOUND: &str = "RECONCILIATION_NOT_FOUND";
const PAGE_TOKEN_INVALID: &str = "PAGE_TOKEN_INVALID";
const WEBHOOK_SIGNATURE_INVALID: &str = "WEBHOOK_SIGNATURE_INVALID";

/// Why `payment` refuses a call. `docs/errors.md` is generated from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "an id is malformed, or a page size is out of range",
    ),
    (
        PAYMENT_NOT_FOUND,
        Code::NotFound,
        "the order has no payment, or the payment belongs to another customer",
    ),
    (
        WEBHOOK_SIGNATURE_INVALID,
        Code::InvalidArgument,
        "the signature of a webhook is missing, malformed, too old, too new, or made with another secret",
    ),
    (
        RECONCILIATION_NOT_FOUND,
        Code::NotFound,
        "the reconciliation does not exist, or was deleted after its retention time",
    ),
    (
        PAGE_TOKEN_INVALID,
        Code::InvalidArgument,
        "the page token was altered, has expired, or belongs to another list",
    ),
];

pub(super) fn not_found() -> Status {
    Reject::not_found(PAYMENT_NOT_FOUND, "the order has no payment").into()
}

pub(super) fn reconciliation_not_found() -> Status {
    Reject::not_found(RECONCILIATION_NOT_FOUND, "there is no such reconciliation").into()
}

pub(super) fn page_token_invalid(error: PageTokenInvalid) -> Status {
    Reject::invalid_argument(PAGE_TOKEN_INVALID, error.to_string()).into()
}

pub(super) fn not_accepted(error: NotAccepted) -> Status {
    match error {
        // The exact reason is in the metrics only, so that a forger learns nothing from it.
        NotAccepted::Bad(_) => {
            let message = "the signature is not valid";
            Reject::invalid_argument(WEBHOOK_SIGNATURE_INVALID, message).into()
        }
        NotAccepted::Failed(error) => Failure::from(error).into(),
    }
}

pub(super) fn invalid(violations: Violations) -> Status {
    Reject::from(violations).into()
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) if error.is_transient() => {
                status::unavailable("postgres", error)
            }
            Failure::Database(error) => status::internal(error),
            // Only commands are refused, and they are messages.
            Failure::Refused(error) => status::internal(error),
        }
    }
}
