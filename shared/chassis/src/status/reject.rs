use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{DOMAIN, VALIDATION_FAILED};

/// Fields that a rejection lists at most. They travel in a header, whose size is limited.
const MAX_FIELDS: usize = 50;

/// An error response to the caller.
///
/// `reason` is part of the API (`SCREAMING_SNAKE`, listed in `docs/errors.md`). `message` is for
/// people and contains neither secrets nor the text of a cause.
#[derive(Debug, Clone)]
pub struct Reject {
    code: Code,
    reason: &'static str,
    message: Cow<'static, str>,
    // Boxed, because most rejections have none, and the size counts in the `Result` of each handler.
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

    /// The entity does not exist, or is not visible to this caller.
    pub fn not_found(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// The request is invalid in any state.
    pub fn invalid_argument(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument, reason, message)
    }

    /// The current state does not allow the request; a retry does not help.
    pub fn failed_precondition(
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// The entity to create already exists.
    pub fn already_exists(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::AlreadyExists, reason, message)
    }

    /// A conflict with concurrent work; the caller may read again and retry.
    pub fn aborted(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Aborted, reason, message)
    }

    /// A limit or quota was reached.
    pub fn resource_exhausted(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::ResourceExhausted, reason, message)
    }

    /// The caller is not authenticated.
    pub fn unauthenticated(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthenticated, reason, message)
    }

    /// The caller is signed in, but not allowed to do this.
    pub fn permission_denied(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::PermissionDenied, reason, message)
    }

    /// A dependency is unavailable; a later retry may succeed.
    pub fn unavailable(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    /// Adds the problem of one field (`lines[0].quantity`), unless there are too many.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, problem: impl Into<String>) -> Self {
        let fields = &mut self.extras().fields;
        if fields.len() < MAX_FIELDS {
            fields.push((field.into(), problem.into()));
        }
        self
    }

    /// Adds a machine-readable detail to `ErrorInfo.metadata`.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl fmt::Display) -> Self {
        let metadata = &mut self.extras().metadata;
        metadata.insert(key.into(), value.to_string());
        self
    }

    /// Sets the time after which a retry makes sense.
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
        let message = "some fields are invalid";
        violations.into_vec().into_iter().fold(
            Self::invalid_argument(VALIDATION_FAILED, message),
            |reject, violation| reject.field(violation.field, violation.message),
        )
    }
}
