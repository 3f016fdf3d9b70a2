use std::time::Duration;

use kernel::Violations;
use tokens::PageTokenInvalid;

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
    #[error("token is invalid or expired")]
    VerificationInvalid,
    /// A signed-in caller gave a wrong password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The token of an e-mail that resets the password is malformed, altered, expired or void.
    #[error(
        "token is invalid, expired or used, or the account was changed after it; ask for another e-mail"
    )]
    PasswordResetInvalid,
    /// The token of an e-mail that changes the address is malformed, altered, expired or void.
    #[error(
        "token is invalid, expired or used, or the account was changed after it; ask for the change again"
    )]
    EmailChangeInvalid,
    /// Another account got the address after the change was asked for.
    #[error("another account has this e-mail address by now")]
    EmailTaken,
    /// The caller has no live session with this id.
    #[error("the caller has no session with this id, or it has ended")]
    SessionNotFound,
    /// The page token was altered, has expired, or belongs to another list.
    #[error(transparent)]
    PageTokenInvalid(#[from] PageTokenInvalid),
    /// The refresh token is unknown, expired, or of an ended session.
    #[error("refresh_token is unknown or expired, or its session has ended; sign in again")]
    SessionInvalid,
    /// The refresh token was already used, so someone has a copy. The session is revoked.
    #[error("refresh_token was already used, so the session is revoked; sign in again")]
    SessionReused,
    /// There is no signing key with this id.
    #[error("there is no signing key with this id; GET /.well-known/jwks.json lists them")]
    SigningKeyNotFound,
    /// The code of the second factor is wrong, or was used before. The caller must not learn which.
    #[error("the code is wrong or was used before; wait for the next one")]
    CodeInvalid,
    /// Too many wrong codes.
    #[error("too many wrong codes; wait before the next one")]
    TooManyCodes { retry_after: Duration },
    /// A second factor is in use, and was not proved recently.
    #[error("prove the second factor in use first, with POST /api/v1/sessions/step-up")]
    StepUpRequired,
    /// The account has no second factor.
    #[error("enroll a second factor first, with POST /api/v1/me/second-factor")]
    SecondFactorMissing,
    /// There is no new secret to confirm.
    #[error("begin the enrollment first, with POST /api/v1/me/second-factor")]
    SecondFactorNotBegun,
    /// The invitation is unknown, expired, used or replaced.
    #[error("the invitation is unknown, expired, used or replaced by another; ask for a new one")]
    InvitationInvalid,
    /// The invited account is staff already.
    #[error("this account is staff already; change its groups instead")]
    AlreadyStaff,
    /// There are too many staff accounts and invitations.
    #[error(
        "there are {} staff accounts and invitations, which is the limit",
        super::MAX_STAFF
    )]
    StaffLimitReached,
    /// No staff member and no invitation has this id.
    #[error("no staff member and no invitation has this id")]
    StaffNotFound,
    /// The address has had its e-mails of the day, so nobody would get the invitation.
    #[error("this address has had its e-mails of the day; invite it tomorrow")]
    InvitationNotMailed,
    /// Mail is off, and the invited account has an owner, who alone may get the token.
    #[error(
        "mail is off and this address has an account, whose owner alone may get the token; turn mail on, \
         or invite with the command `user invite-staff`"
    )]
    InvitationNeedsMail,
    /// An admin changes their own groups.
    #[error("nobody changes the groups of their own account; ask another admin")]
    OwnGroups,
    /// The caller is no admin any more, although their token still says so.
    #[error("only admins can change staff")]
    NotAdmin,
    /// The change would leave the shop without an admin.
    #[error("this is the last admin; make another one first")]
    LastAdmin,
    /// The caller's account was deleted.
    #[error("the caller's account does not exist any more")]
    AccountNotFound,
    /// No customer has this id.
    #[error("no customer has this id")]
    CustomerNotFound,
    /// The caller has no address with this id.
    #[error("the caller has no address with this id")]
    AddressNotFound,
    /// The caller has the maximum number of addresses.
    #[error("an address book has at most {} addresses", super::MAX_ADDRESSES)]
    AddressLimitReached,
    /// The account used the idempotency key for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
}
