//! How a service says no: a gRPC status with a stable reason and machine-readable details.
//!
//! A service maps its domain errors to [`Reject`] in `grpc/reasons.rs`; the gateway reads the same details
//! back with [`Rejection`]. The text of a cause never travels: see [`internal`] and [`unavailable`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::auth;

/// The reason when a message is larger than the receiver takes.
pub const TOO_LARGE: &str = "TOO_LARGE";

/// The `ErrorInfo.domain` of every rejection of the shop.
pub const DOMAIN: &str = "mercantile";

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

/// Why there is no answer: any error, or a text.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What the chassis itself says no with, in any process.
pub const REASONS: &[Reason] = &[
    (
        auth::TOKEN_MISSING,
        Code::Unauthenticated,
        "the call needs an access token and came without one",
    ),
    (
        auth::TOKEN_EXPIRED,
        Code::Unauthenticated,
        "the access token was good once",
    ),
    (
        auth::TOKEN_INVALID,
        Code::Unauthenticated,
        "the access token is malformed, forged, or signed with a key that is gone",
    ),
    (
        auth::FORBIDDEN,
        Code::PermissionDenied,
        "the caller is known and may not do this",
    ),
    (
        auth::KEYS_UNAVAILABLE,
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

/// A refusal on its way to the caller.
///
/// `reason` is part of the contract (`SCREAMING_SNAKE`, listed in `docs/errors.md`); `message` is
/// for people and holds neither secrets nor the text of a cause.
#[derive(Debug, Clone)]
pub struct Reject {
    code: Code,
    reason: &'static str,
    message: Cow<'static, str>,
    // Boxed, because most rejections have none and every handler's Result carries the size.
    extras: Option<Box<Extras>>,
}

#[derive(Debug, Clone, Default)]
struct Extras {
    fields: Vec<(String, String)>,
    metadata: HashMap<String, String>,
    retry_after: Option<Duration>,
}

impl Reject {
    /// A rejection with any code. Prefer the named constructors.
    pub fn new(code: Code, reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            extras: None,
        }
    }

    /// The thing does not exist, or does not exist for this caller.
    pub fn not_found(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// The request itself is wrong, whatever the state.
    pub fn invalid_argument(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument, reason, message)
    }

    /// The request does not fit the present state; repeating it does not help.
    pub fn failed_precondition(
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// The thing to create is there already.
    pub fn already_exists(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::AlreadyExists, reason, message)
    }

    /// Lost against concurrent work; the caller may read again and repeat.
    pub fn aborted(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Aborted, reason, message)
    }

    /// A limit or quota was reached.
    pub fn resource_exhausted(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::ResourceExhausted, reason, message)
    }

    /// The caller did not prove who they are.
    pub fn unauthenticated(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthenticated, reason, message)
    }

    /// The caller is known and may not do this.
    pub fn permission_denied(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::PermissionDenied, reason, message)
    }

    /// Something needed is away for now; trying again later helps.
    pub fn unavailable(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    /// Adds what is wrong with one field (`lines[0].quantity`).
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, problem: impl Into<String>) -> Self {
        let fields = &mut self.extras().fields;
        fields.push((field.into(), problem.into()));
        self
    }

    /// Adds a machine-readable detail to `ErrorInfo.metadata`.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl fmt::Display) -> Self {
        let metadata = &mut self.extras().metadata;
        metadata.insert(key.into(), value.to_string());
        self
    }

    /// Says when it makes sense to try again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.extras().retry_after = Some(delay);
        self
    }

    fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// The stable reason.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The gRPC code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.reason, self.message)
    }
}

impl From<Reject> for Status {
    fn from(reject: Reject) -> Self {
        let extras = *reject.extras.unwrap_or_default();
        let mut details = ErrorDetails::new();
        details.set_error_info(reject.reason, DOMAIN, extras.metadata);
        if !extras.fields.is_empty() {
            let violations: Vec<_> = extras
                .fields
                .into_iter()
                .map(|(field, problem)| FieldViolation::new(field, problem))
                .collect();
            details.set_bad_request(violations);
        }
        if extras.retry_after.is_some() {
            details.set_retry_info(extras.retry_after);
        }
        Self::with_error_details(reject.code, reject.message, details)
    }
}

impl From<kernel::Violations> for Reject {
    fn from(violations: kernel::Violations) -> Self {
        let message = "some fields are not as they must be";
        violations.into_vec().into_iter().fold(
            Self::invalid_argument(VALIDATION_FAILED, message),
            |reject, violation| reject.field(violation.field, violation.message),
        )
    }
}

/// Something the service needs (`what`: "postgres", "catalog") is away. Logs the cause, with its own
/// causes, once and answers `UNAVAILABLE` without it.
pub fn unavailable(what: &'static str, cause: impl Into<Cause>) -> Status {
    let cause = chain(cause.into());
    tracing::warn!(what, cause, "cannot answer: something needed is away");
    Reject::unavailable(
        UNAVAILABLE,
        "the service is not available right now, try again soon",
    )
    .retry_after(Duration::from_secs(1))
    .into()
}

/// A bug or a broken invariant. Logs the cause, with its own causes, once and answers `INTERNAL`
/// without it.
pub fn internal(cause: impl Into<Cause>) -> Status {
    let cause = chain(cause.into());
    tracing::error!(cause, "cannot answer: internal error");
    Reject::new(Code::Internal, INTERNAL, "something went wrong on our side").into()
}

/// An error and its causes in one line, for the log.
fn chain(cause: Cause) -> String {
    format!("{:#}", anyhow::Error::from_boxed(cause))
}

/// What a [`Reject`] says, read back from a status by its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The stable reason; empty when the status came without details (a proxy, another library).
    pub reason: String,
    /// The message for people.
    pub message: String,
    /// Field and what is wrong with it.
    pub fields: Vec<(String, String)>,
    /// Machine-readable details.
    pub metadata: HashMap<String, String>,
    /// When it makes sense to try again.
    pub retry_after: Option<Duration>,
}

impl Rejection {
    /// Reads the details of a status. Broken details are treated as absent.
    #[must_use]
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let (reason, metadata) = details
            .error_info()
            .map(|info| (info.reason.clone(), info.metadata.clone()))
            .unwrap_or_default();
        let fields = details.bad_request().map_or_else(Vec::new, |bad| {
            bad.field_violations
                .iter()
                .map(|violation| (violation.field.clone(), violation.description.clone()))
                .collect()
        });
        Self {
            reason,
            message: status.message().to_owned(),
            fields,
            metadata,
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_rejects_is_what_the_gateway_reads() {
        let status = Status::from(
            Reject::failed_precondition("ORDER_NOT_CANCELLABLE", "the order has been shipped")
                .field("lines[0].sku", "is unknown")
                .metadata("status", "shipped")
                .retry_after(Duration::from_secs(2)),
        );
        assert_eq!(status.code(), Code::FailedPrecondition);
        let read = Rejection::from_status(&status);
        assert_eq!(read.reason, "ORDER_NOT_CANCELLABLE");
        assert_eq!(read.message, "the order has been shipped");
        let field = ("lines[0].sku".to_owned(), "is unknown".to_owned());
        assert_eq!(read.fields, [field]);
        assert_eq!(
            read.metadata.get("status").map(String::as_str),
            Some("shipped")
        );
        assert_eq!(read.retry_after, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_status_without_details_is_read_as_far_as_it_goes() {
        let read = Rejection::from_status(&Status::not_found("no such thing"));
        assert_eq!(
            (read.reason.as_str(), read.message.as_str()),
            ("", "no such thing")
        );
        assert!(read.fields.is_empty() && read.retry_after.is_none());
    }

    #[test]
    fn violations_become_fields_of_one_rejection() {
        let mut violations = kernel::Violations::new();
        violations.add("name", "must be 1 to 100 characters");
        violations.add("email", "must be an e-mail address");
        let status = Status::from(Reject::from(violations));
        let read = Rejection::from_status(&status);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(
            (read.reason.as_str(), read.fields.len()),
            (VALIDATION_FAILED, 2)
        );
    }

    #[test]
    fn a_cause_never_travels() {
        for status in [
            internal("password=hunter2"),
            unavailable("postgres", "10.0.0.7"),
        ] {
            let wire = format!("{} {:?}", status.message(), status.details());
            assert!(
                !wire.contains("hunter2") && !wire.contains("10.0.0.7"),
                "{wire}"
            );
        }
    }
}
