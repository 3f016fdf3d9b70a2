use std::time::Duration;

use kernel::Violations;

/// Why `user` rejects a request. The messages are for people; `grpc` adds the stable reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields that break a rule.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// Unknown e-mail address or wrong password. The caller must not learn which.
    #[error("e-mail address or password is wrong")]
    CredentialsInvalid,
    /// The queue of password checks is full.
    #[error("too many concurrent sign-ins; retry in a moment")]
    TooManySignIns,
    /// Too many wrong passwords from this network, or for this account, which may not exist.
    #[error("too many failed sign-ins; retry later, or from a device that signed in before")]
    TooManyFailures {
        /// Until the next one is let through.
        retry_after: Duration,
    },
    /// The token of an e-mail is malformed, altered or expired.
    #[error("token is invalid or expired; register again to get a new e-mail")]
    VerificationInvalid,
    /// The refresh token is unknown, expired, or of an ended session.
    #[error("refresh_token is unknown or expired, or its session has ended; sign in again")]
    SessionInvalid,
    /// The refresh token was already used, so someone has a copy. The session is revoked.
    #[error("refresh_token was already used, so the session is revoked; sign in again")]
    SessionReused,
    /// There is no signing key with this id.
    #[error("there is no signing key with this id; GET /.well-known/jwks.json lists them")]
    SigningKeyNotFound,
    /// The caller's account was deleted.
    #[error("the caller's account does not exist any more")]
    AccountNotFound,
    /// The caller has no address with this id.
    #[error("the caller has no address with this id")]
    AddressNotFound,
    /// The caller has the maximum number of addresses.
    #[error("an address book has at most {} addresses", super::MAX_ADDRESSES)]
    AddressLimitReached,
}
