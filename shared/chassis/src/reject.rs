//! How a service says no: a gRPC status with a stable reason and machine-readable details.
//!
//! A service maps its domain errors to [`Reject`] in `grpc.rs`; the gateway reads the same details
//! back with [`Rejection`]. The text of a cause never travels: see [`internal`] and [`unavailable`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

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

/// A refusal on its way to the caller.
///
/// `reason` is part of the contract (`SCREAMING_SNAKE`, listed in `docs/errors.md`); `message` is
/// for people and holds neither secrets nor the text of a cause.
#[derive(Debug, Clone)]
pub struct Reject {
    code: Code,
    reason: &'static str,
    message: Cow<'static, str>,
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
            fields: Vec::new(),
            metadata: HashMap::new(),
            retry_after: None,
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
        self.fields.push((field.into(), problem.into()));
        self
    }

    /// Adds a machine-readable detail to `ErrorInfo.metadata`.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl fmt::Display) -> Self {
        self.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Says when it makes sense to try again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
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
        let mut details = ErrorDetails::new();
        details.set_error_info(reject.reason, DOMAIN, reject.metadata);
        if !reject.fields.is_empty() {
            let violations: Vec<_> = reject
                .fields
                .into_iter()
                .map(|(field, problem)| FieldViolation::new(field, problem))
                .collect();
            details.set_bad_request(violations);
        }
        if reject.retry_after.is_some() {
            details.set_retry_info(reject.retry_after);
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

/// Something the service needs (`what`: "postgres", "catalog") is away. Logs the cause once and
/// answers `UNAVAILABLE` without it.
pub fn unavailable(what: &'static str, cause: impl fmt::Display) -> Status {
    tracing::warn!(what, cause = %cause, "cannot answer: something needed is away");
    Reject::unavailable(UNAVAILABLE, "the service is not available right now, try again soon")
        .retry_after(Duration::from_secs(1))
        .into()
}

/// A bug or a broken invariant. Logs the cause once and answers `INTERNAL` without it.
pub fn internal(cause: impl fmt::Display) -> Status {
    tracing::error!(cause = %cause, "cannot answer: internal error");
    Reject::new(Code::Internal, INTERNAL, "something went wrong on our side").into()
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
