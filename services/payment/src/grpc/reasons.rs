//! Errors to statuses, and the reasons that `docs/errors.md` lists.

use chassis::reject::{self, Reason, Reject, VALIDATION_FAILED};
use kernel::Violations;
use tonic::{Code, Status};

/// The reason when the order has no payment, or none that the caller may see.
const PAYMENT_NOT_FOUND: &str = "PAYMENT_NOT_FOUND";

/// What `payment` says no with. `docs/errors.md` is made from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "an order's id is not one",
    ),
    (
        PAYMENT_NOT_FOUND,
        Code::NotFound,
        "the order has no payment, or it is somebody else's",
    ),
];

pub(super) fn not_found() -> Status {
    Reject::not_found(PAYMENT_NOT_FOUND, "this order has no payment").into()
}

pub(super) fn invalid(violations: Violations) -> Status {
    Reject::from(violations).into()
}

pub(super) fn failed(error: persistence::Error) -> Status {
    if error.is_transient() {
        reject::unavailable("postgres", error)
    } else {
        reject::internal(error)
    }
}
