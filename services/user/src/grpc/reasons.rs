//! Maps errors to statuses and reasons.

use std::time::Duration;

use chassis::status::{self, FORBIDDEN, Reason, Reject, STEP_UP_REQUIRED, VALIDATION_FAILED};
use tonic::{Code, Status};

use crate::domain::Error;
use crate::failure::Failure;

const RETRY_SIGN_IN_AFTER: Duration = Duration::from_secs(1);

/// The reasons of `user`. `docs/errors.md` is generated from them.
pub const REASONS: &[Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "a field of an account or an address is invalid; the violations name each",
    ),
    (
        "VERIFICATION_INVALID",
        Code::InvalidArgument,
        "the token of the e-mail is malformed, altered or expired, or the account has another address",
    ),
    (
        "PASSWORD_WRONG",
        Code::PermissionDenied,
        "the signed-in caller gave a wrong password",
    ),
    (
        "PASSWORD_RESET_INVALID",
        Code::InvalidArgument,
        "the token of the e-mail is malformed, altered, expired or used, or password or address changed after it",
    ),
    (
        "EMAIL_CHANGE_INVALID",
        Code::InvalidArgument,
        "the token of the e-mail is malformed, altered, expired or used, or password or address changed after it",
    ),
    (
        "EMAIL_TAKEN",
        Code::AlreadyExists,
        "another account got the address after the change was asked for",
    ),
    (
        "SESSION_NOT_FOUND",
        Code::NotFound,
        "the caller has no live session with this id",
    ),
    (
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "the page token was altered, has expired, or belongs to another list or caller",
    ),
    (
        "CREDENTIALS_INVALID",
        Code::Unauthenticated,
        "the e-mail address is unknown or the password is wrong",
    ),
    (
        "TOO_MANY_SIGN_INS",
        Code::ResourceExhausted,
        "the queue of password checks is full",
    ),
    (
        "SIGN_IN_THROTTLED",
        Code::ResourceExhausted,
        "too many wrong passwords from the client's network, or for the account, which may not exist",
    ),
    (
        "SESSION_INVALID",
        Code::Unauthenticated,
        "the token is unknown or expired, its session has ended, or the account has another role by now",
    ),
    (
        "SESSION_REUSED",
        Code::Unauthenticated,
        "the refresh token was used more than 10 s ago; its session is revoked",
    ),
    (
        "SIGNING_KEY_NOT_FOUND",
        Code::NotFound,
        "no signing key has this id: it was revoked or retired already",
    ),
    (
        "CODE_INVALID",
        Code::InvalidArgument,
        "the code of the second factor is wrong, or was used before",
    ),
    (
        "TOO_MANY_CODES",
        Code::ResourceExhausted,
        "five codes in 15 minutes were wrong",
    ),
    (
        STEP_UP_REQUIRED,
        Code::Unauthenticated,
        "a second factor is in use, and must be proved before it is replaced",
    ),
    (
        "SECOND_FACTOR_MISSING",
        Code::FailedPrecondition,
        "the staff account has no second factor yet",
    ),
    (
        "SECOND_FACTOR_NOT_BEGUN",
        Code::FailedPrecondition,
        "there is no new secret to confirm",
    ),
    (
        "INVITATION_INVALID",
        Code::InvalidArgument,
        "the invitation is unknown, expired, used, or replaced by another",
    ),
    (
        "ALREADY_STAFF",
        Code::AlreadyExists,
        "the invited account is staff",
    ),
    (
        "STAFF_LIMIT_REACHED",
        Code::FailedPrecondition,
        "there are 500 staff accounts and invitations",
    ),
    (
        "STAFF_NOT_FOUND",
        Code::NotFound,
        "no staff member and no invitation has this id",
    ),
    (
        "INVITATION_NOT_MAILED",
        Code::FailedPrecondition,
        "the invited address has had its e-mails of the day",
    ),
    (
        "INVITATION_NEEDS_MAIL",
        Code::FailedPrecondition,
        "mail is off, and the invited address has an account, whose owner alone may get the token",
    ),
    (
        "OWN_GROUPS",
        Code::PermissionDenied,
        "the caller would change the groups of their own account",
    ),
    (
        FORBIDDEN,
        Code::PermissionDenied,
        "the caller is no admin any more",
    ),
    (
        "LAST_ADMIN",
        Code::FailedPrecondition,
        "the change would leave the shop without an admin",
    ),
    (
        "ACCOUNT_NOT_FOUND",
        Code::NotFound,
        "the caller's account does not exist any more",
    ),
    (
        "CUSTOMER_NOT_FOUND",
        Code::NotFound,
        "no customer has this id; accounts of staff are not listed here",
    ),
    (
        "ADDRESS_NOT_FOUND",
        Code::NotFound,
        "the caller has no address with this id",
    ),
    (
        "ADDRESS_LIMIT_REACHED",
        Code::FailedPrecondition,
        "the caller's address book is full",
    ),
    (
        "IDEMPOTENCY_KEY_REUSED",
        Code::FailedPrecondition,
        "the account used the idempotency key for another request",
    ),
];

const fn reason(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => VALIDATION_FAILED,
        Error::VerificationInvalid => "VERIFICATION_INVALID",
        Error::PasswordWrong => "PASSWORD_WRONG",
        Error::PasswordResetInvalid => "PASSWORD_RESET_INVALID",
        Error::EmailChangeInvalid => "EMAIL_CHANGE_INVALID",
        Error::EmailTaken => "EMAIL_TAKEN",
        Error::SessionNotFound => "SESSION_NOT_FOUND",
        Error::PageTokenInvalid(_) => "PAGE_TOKEN_INVALID",
        Error::CredentialsInvalid => "CREDENTIALS_INVALID",
        Error::TooManySignIns => "TOO_MANY_SIGN_INS",
        Error::TooManyFailures { .. } => "SIGN_IN_THROTTLED",
        Error::SessionInvalid => "SESSION_INVALID",
        Error::SessionReused => "SESSION_REUSED",
        Error::SigningKeyNotFound => "SIGNING_KEY_NOT_FOUND",
        Error::CodeInvalid => "CODE_INVALID",
        Error::TooManyCodes { .. } => "TOO_MANY_CODES",
        Error::StepUpRequired => STEP_UP_REQUIRED,
        Error::SecondFactorMissing => "SECOND_FACTOR_MISSING",
        Error::SecondFactorNotBegun => "SECOND_FACTOR_NOT_BEGUN",
        Error::InvitationInvalid => "INVITATION_INVALID",
        Error::AlreadyStaff => "ALREADY_STAFF",
        Error::StaffLimitReached => "STAFF_LIMIT_REACHED",
        Error::StaffNotFound => "STAFF_NOT_FOUND",
        Error::InvitationNotMailed => "INVITATION_NOT_MAILED",
        Error::InvitationNeedsMail => "INVITATION_NEEDS_MAIL",
        Error::OwnGroups => "OWN_GROUPS",
        Error::NotAdmin => FORBIDDEN,
        Error::LastAdmin => "LAST_ADMIN",
        Error::AccountNotFound => "ACCOUNT_NOT_FOUND",
        Error::CustomerNotFound => "CUSTOMER_NOT_FOUND",
        Error::AddressNotFound => "ADDRESS_NOT_FOUND",
        Error::AddressLimitReached => "ADDRESS_LIMIT_REACHED",
        Error::KeyReused => "IDEMPOTENCY_KEY_REUSED",
    }
}

fn refuse(error: Error) -> Status {
    let reason = reason(&error);
    let code = REASONS
        .iter()
        .find(|(listed, ..)| *listed == reason)
        .map_or(Code::Internal, |(_, code, _)| *code);
    let mut reject = Reject::new(code, reason, error.to_string());
    match error {
        Error::TooManySignIns => reject = reject.retry_after(RETRY_SIGN_IN_AFTER),
        Error::TooManyFailures { retry_after } | Error::TooManyCodes { retry_after } => {
            reject = reject.retry_after(retry_after);
        }
        Error::Invalid(violations) => {
            for violation in violations.into_vec() {
                reject = reject.field(violation.field, violation.message);
            }
        }
        _ => {}
    }
    reject.into()
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => refuse(error),
            Failure::Database(error) if error.is_transient() => {
                status::unavailable("postgres", error)
            }
            Failure::Database(error) => status::internal(error),
            Failure::SigningKey(error) => status::unavailable("signing keys", error),
            Failure::Hashing(error) => status::internal(error),
            Failure::Interrupted(error) => status::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_listed_with_a_code() {
        let all = [
            Error::Invalid(kernel::Violations::one("field", "is wrong")),
            Error::VerificationInvalid,
            Error::PasswordWrong,
            Error::PasswordResetInvalid,
            Error::EmailChangeInvalid,
            Error::EmailTaken,
            Error::SessionNotFound,
            Error::PageTokenInvalid(tokens::PageTokenInvalid),
            Error::CredentialsInvalid,
            Error::TooManySignIns,
            Error::TooManyFailures {
                retry_after: RETRY_SIGN_IN_AFTER,
            },
            Error::SessionInvalid,
            Error::SessionReused,
            Error::SigningKeyNotFound,
            Error::CodeInvalid,
            Error::TooManyCodes {
                retry_after: Duration::from_secs(900),
            },
            Error::StepUpRequired,
            Error::SecondFactorMissing,
            Error::SecondFactorNotBegun,
            Error::InvitationInvalid,
            Error::AlreadyStaff,
            Error::StaffLimitReached,
            Error::StaffNotFound,
            Error::InvitationNotMailed,
            Error::InvitationNeedsMail,
            Error::OwnGroups,
            Error::NotAdmin,
            Error::LastAdmin,
            Error::AccountNotFound,
            Error::CustomerNotFound,
            Error::AddressNotFound,
            Error::AddressLimitReached,
            Error::KeyReused,
        ];
        assert_eq!(all.len(), REASONS.len());
        for error in all {
            assert_ne!(refuse(error.clone()).code(), Code::Internal, "{error:?}");
        }
    }
}
