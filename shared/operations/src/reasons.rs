//! Maps errors to statuses, with the reasons that `docs/errors.md` lists.

use chassis::status::{self, Reason, Reject, VALIDATION_FAILED};
use kernel::Violations;
use messaging::BrokerError;
use tokens::PageTokenInvalid;
use tonic::{Code, Status};

const DEAD_LETTER_NOT_FOUND: &str = "DEAD_LETTER_NOT_FOUND";
const FAULTS_NOT_ALLOWED: &str = "FAULTS_NOT_ALLOWED";
const PAGE_TOKEN_INVALID: &str = "PAGE_TOKEN_INVALID";

/// The reasons of these RPCs. `docs/errors.md` is generated from them.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "the id of a dead letter is not a UUID, that of a trace is not 32 hex digits, the reason of an action is missing or too long, the page size is too large, or a pause is too long",
    ),
    (
        DEAD_LETTER_NOT_FOUND,
        Code::NotFound,
        "the dead letter does not exist any more, or another operator holds it at this moment",
    ),
    (
        FAULTS_NOT_ALLOWED,
        Code::FailedPrecondition,
        "faults for demonstrations are not allowed by the configuration (`faults.allowed`)",
    ),
    (
        PAGE_TOKEN_INVALID,
        Code::InvalidArgument,
        "the page token was altered, has expired, or belongs to another list",
    ),
];

pub(crate) fn invalid(violations: Violations) -> Status {
    Reject::from(violations).into()
}

pub(crate) fn faults_not_allowed() -> Status {
    let message = "the configuration does not allow faults (`faults.allowed`)";
    Reject::failed_precondition(FAULTS_NOT_ALLOWED, message).into()
}

pub(crate) fn page_token_invalid(error: PageTokenInvalid) -> Status {
    Reject::invalid_argument(PAGE_TOKEN_INVALID, error.to_string()).into()
}

pub(crate) fn of_broker(error: BrokerError) -> Status {
    match error {
        BrokerError::NoSuchLetter(_) => {
            Reject::not_found(DEAD_LETTER_NOT_FOUND, "there is no such dead letter").into()
        }
        error => status::unavailable("rabbitmq", error),
    }
}

pub(crate) fn of_database(error: persistence::Error) -> Status {
    if error.is_transient() {
        status::unavailable("postgres", error)
    } else {
        status::internal(error)
    }
}
