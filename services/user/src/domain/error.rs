use kernel::Violations;

/// Why `user` says no. The words are for people; `grpc` adds the stable reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields that break a rule.
    #[error("some fields are not as they must be")]
    Invalid(#[from] Violations),
    /// An account with this e-mail address exists.
    #[error("there is an account with this e-mail address")]
    EmailTaken,
    /// Unknown e-mail address or wrong password: nobody learns which.
    #[error("e-mail address and password do not belong together")]
    CredentialsInvalid,
    /// More passwords are waiting to be checked than the service takes on.
    #[error("too many people are signing in right now, try again soon")]
    TooManySignIns,
    /// The refresh token is unknown, expired, or of an ended session.
    #[error("the session has ended, sign in again")]
    SessionInvalid,
    /// The refresh token was spent before: somebody has a copy, so the session was ended.
    #[error("the refresh token was used before; the session was ended for safety, sign in again")]
    SessionReused,
    /// The caller's account is gone.
    #[error("the account does not exist any more")]
    AccountNotFound,
    /// No such address in the caller's book.
    #[error("there is no such address")]
    AddressNotFound,
    /// The caller's book is full.
    #[error("an address book has at most {} addresses", super::MAX_ADDRESSES)]
    AddressLimitReached,
}
