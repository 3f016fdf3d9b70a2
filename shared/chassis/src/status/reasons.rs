//! The reasons that every process may give. Each service lists its own in another `REASONS`.

use tonic::Code;

/// The RPC requires a token, and the call has none.
pub const TOKEN_MISSING: &str = "TOKEN_MISSING";
/// The token has expired: refresh it or sign in.
pub const TOKEN_EXPIRED: &str = "TOKEN_EXPIRED";
/// The token is malformed, or not signed with a current key.
pub const TOKEN_INVALID: &str = "TOKEN_INVALID";
/// The caller is signed in, but not allowed to do this.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// Staff must prove their second factor, or prove it again.
pub const STEP_UP_REQUIRED: &str = "STEP_UP_REQUIRED";
/// No public key could be fetched yet.
pub const KEYS_UNAVAILABLE: &str = "KEYS_UNAVAILABLE";
/// A message is larger than its receiver accepts.
pub const TOO_LARGE: &str = "TOO_LARGE";

/// Some fields are invalid; the rejection lists them.
pub const VALIDATION_FAILED: &str = "VALIDATION_FAILED";
/// An internal failure; only the log of the service has the cause.
pub const INTERNAL: &str = "INTERNAL";
/// A dependency of the service is unavailable.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The deadline passed before the call was answered.
pub const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
/// A concurrency limit was reached; a later retry may succeed.
pub const OVERLOADED: &str = "OVERLOADED";

/// A row of `docs/errors.md`: a reason, its code, and when it is given.
pub type Reason = (&'static str, Code, &'static str);

/// The reasons that every process may give.
pub const REASONS: &[Reason] = &[
    (
        TOKEN_MISSING,
        Code::Unauthenticated,
        "the call requires an access token and has none",
    ),
    (
        TOKEN_EXPIRED,
        Code::Unauthenticated,
        "the access token has expired",
    ),
    (
        TOKEN_INVALID,
        Code::Unauthenticated,
        "the access token is malformed, forged, or signed with a key that was removed",
    ),
    (
        FORBIDDEN,
        Code::PermissionDenied,
        "the caller is signed in, but not allowed to do this",
    ),
    (
        STEP_UP_REQUIRED,
        Code::Unauthenticated,
        "staff must prove their second factor, or prove it again because the last time was too long ago",
    ),
    (
        KEYS_UNAVAILABLE,
        Code::Unavailable,
        "no public key could be fetched yet, so no access token can be verified",
    ),
    (
        TOO_LARGE,
        Code::ResourceExhausted,
        "a gRPC message is larger than its receiver accepts",
    ),
    (
        OVERLOADED,
        Code::ResourceExhausted,
        "a limit on concurrent calls was reached",
    ),
    (
        UNAVAILABLE,
        Code::Unavailable,
        "a database or another service is unavailable",
    ),
    (
        DEADLINE_EXCEEDED,
        Code::DeadlineExceeded,
        "the deadline passed before the call was answered",
    ),
    (
        INTERNAL,
        Code::Internal,
        "a bug or a broken invariant; the cause is in the log",
    ),
];
