//! The reasons that every process may give; each service lists its own in a `REASONS` like this one.

use tonic::Code;

/// The reason when an RPC needs a token and none came.
pub const TOKEN_MISSING: &str = "TOKEN_MISSING";
/// The reason when the token was valid once: sign in or refresh.
pub const TOKEN_EXPIRED: &str = "TOKEN_EXPIRED";
/// The reason when the token is not one of ours.
pub const TOKEN_INVALID: &str = "TOKEN_INVALID";
/// The reason when the caller is known and may not do this.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// The reason while no public key could be fetched at all.
pub const KEYS_UNAVAILABLE: &str = "KEYS_UNAVAILABLE";
/// The reason when a message is larger than the receiver takes.
pub const TOO_LARGE: &str = "TOO_LARGE";

/// The reason of a rejection that lists field violations.
pub const VALIDATION_FAILED: &str = "VALIDATION_FAILED";
/// The reason of a failure whose cause stays in the log of the service.
pub const INTERNAL: &str = "INTERNAL";
/// The reason when something the service needs is away for now.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The reason when there was no time left to answer.
pub const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
/// The reason when a limit on concurrent work was reached; trying again later helps.
pub const OVERLOADED: &str = "OVERLOADED";

/// A row of `docs/errors.md`: a reason, its code, and when it is given. Each service lists its own
/// in a `REASONS`; [`REASONS`] are those that every process may give.
pub type Reason = (&'static str, Code, &'static str);

/// What any process may refuse with.
pub const REASONS: &[Reason] = &[
    (
        TOKEN_MISSING,
        Code::Unauthenticated,
        "the call needs an access token and came without one",
    ),
    (
        TOKEN_EXPIRED,
        Code::Unauthenticated,
        "the access token was good once",
    ),
    (
        TOKEN_INVALID,
        Code::Unauthenticated,
        "the access token is malformed, forged, or signed with a key that is gone",
    ),
    (
        FORBIDDEN,
        Code::PermissionDenied,
        "the caller is known and may not do this",
    ),
    (
        KEYS_UNAVAILABLE,
        Code::Unavailable,
        "no public key could be fetched yet, so no access token can be verified",
    ),
    (
        TOO_LARGE,
        Code::ResourceExhausted,
        "a gRPC message is larger than its receiver takes",
    ),
    (
        OVERLOADED,
        Code::ResourceExhausted,
        "a limit on concurrent calls was reached",
    ),
    (
        UNAVAILABLE,
        Code::Unavailable,
        "a database or another service is away",
    ),
    (
        DEADLINE_EXCEEDED,
        Code::DeadlineExceeded,
        "there was no time left to answer",
    ),
    (
        INTERNAL,
        Code::Internal,
        "a bug or a broken invariant; the cause is in the log",
    ),
];
