//! Errors to statuses, and the reasons that `docs/errors.md` lists.

use chassis::status::{self, Reason, Reject, VALIDATION_FAILED};
use kernel::Violations;
use messaging::BrokerError;
use tonic::{Code, Status};

const DEAD_LETTER_NOT_FOUND: &str = "DEAD_LETTER_NOT_FOUND";
const PAGE_TOKEN_INVALID: &str = "PAGE_TOKEN_INVALID";

/// What every service says no with when it is operated. `docs/errors.md` is made from it.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "a dead letter's id is not one, the reason of an action is missing or too long, or more than a page is asked for",
    ),
    (
        DEAD_LETTER_NOT_FOUND,
        Code::NotFound,
        "the dead letter is gone, or somebody else holds it at this moment",
    ),
    (
        PAGE_TOKEN_INVALID,
        Code::InvalidArgument,
        "the page token was altered",
    ),
];

pub(crate) fn invalid(violations: Violations) -> Status {
    Reject::from(violations).into()
}

pub(crate) fn page_token_invalid() -> Status {
    Reject::invalid_argument(PAGE_TOKEN_INVALID, "this page token is not one of ours").into()
}

pub(crate) fn of_broker(error: BrokerError) -> Status {
    match error {
        BrokerError::NoSuchLetter(_) => {
            Reject::not_found(DEAD_LETTER_NOT_FOUND, "there is no such dead letter").into()
        }
        away => status::unavailable("rabbitmq", away),
    }
}

pub(crate) fn of_database(error: persistence::Error) -> Status {
    if error.is_transient() {
        status::unavailable("postgres", error)
    } else {
        status::internal(error)
    }
}
