//! Errors over HTTP: RFC 9457 `application/problem+json`.
//!
//! A handler or middleware returns a [`Problem`]. `middleware::problems` writes its body with the
//! request's path and trace id.

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use chassis::{
    auth::STEP_UP_MAX_AGE_S,
    status::{Details, Reject},
};
use serde::{Deserialize, Serialize};
use tonic::Code;
use utoipa::ToSchema;

pub mod reasons;

use reasons::Kind;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Invalid fields that a problem lists at most: enough to correct a form, too few to make a response of a request.
const MAX_ERRORS: usize = 20;
/// Characters of a field's name at most. Clients choose the names of query parameters and of members of objects.
const MAX_NAME: usize = 100;
/// Characters of a text at most.
const MAX_TEXT: usize = 1_000;

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, or name of the parameter or header: `shipping_address.city`.
    #[schema(example = "shipping_address.city")]
    pub field: String,
    /// What is expected, as text for people.
    #[schema(example = "must be 1 to 100 characters")]
    pub message: String,
}

/// A problem document (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Stable type of the problem, relative to the server's root. Compare this, not the texts.
    #[serde(rename = "type")]
    #[schema(example = "/problems/validation-failed", format = "uri-reference")]
    pub kind: String,
    /// Summary of the type, for people.
    #[schema(example = "Some fields are not valid")]
    pub title: String,
    /// HTTP status of the response.
    #[schema(example = 422)]
    pub status: u16,
    /// Explanation of this occurrence, for people.
    #[schema(example = "shipping_address.city must be 1 to 100 characters")]
    pub detail: String,
    /// Path of the failed request; `/` if its URL could not be read.
    #[schema(example = "/api/v1/orders", format = "uri-reference")]
    pub instance: String,
    /// Identifies the request in logs and traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: Option<String>,
    /// The invalid fields, if the problem is about fields; the first 20 if there are more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// Marks an error response that has its body: a page. It is stored in the response's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HasBody;

/// An error response without its body.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    allow: Option<String>,
}

impl Problem {
    /// A problem with the default detail of its kind.
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.detail),
            errors: Vec::new(),
            retry_after: kind.retry_after_s.map(Duration::from_secs),
            allow: None,
        }
    }

    /// Sets the detail of this occurrence. It must not contain the text of an internal error.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = match detail.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text),
            Cow::Owned(text) => Cow::Owned(shortened(text, MAX_TEXT)),
        };
        self
    }

    /// Adds a violation, unless there are too many.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(FieldError {
                field: shortened(field.into(), MAX_NAME),
                message: shortened(message.into(), MAX_TEXT),
            });
        }
        self
    }

    /// Adds violations, and names them in the detail: `q must be given once; sort must be ...`.
    #[must_use]
    pub fn fields(self, violations: Vec<(String, String)>) -> Self {
        let hidden = violations.len().saturating_sub(MAX_ERRORS);
        let shown = violations.into_iter().take(MAX_ERRORS);
        let problem = shown.fold(self, |problem, (name, text)| problem.field(name, text));
        let errors = problem.errors.iter();
        let mut texts: Vec<_> = errors
            .map(|error| format!("{} {}", error.field, error.message))
            .collect();
        if hidden > 0 {
            texts.push(format!("{hidden} more"));
        }
        problem.detail(texts.join("; "))
    }

    /// Renames a field from its name in the service's API to its name in the public API.
    #[must_use]
    pub fn rename(mut self, from: &str, to: &str) -> Self {
        for error in &mut self.errors {
            if error.field == from {
                to.clone_into(&mut error.field);
            }
        }
        self
    }

    /// Sets `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The invalid fields.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// When a retry makes sense.
    pub(crate) fn delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Sets `Allow`: `GET, HEAD`.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }

    /// The row of the table of errors.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The body, for the request path `instance`.
    pub fn document(&self, instance: &str, trace_id: Option<String>) -> Document {
        Document {
            kind: self.kind.uri(),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.clone().into_owned(),
            instance: uri_reference(instance),
            trace_id,
            errors: self.errors.clone(),
        }
    }

    /// The value of `WWW-Authenticate` (RFC 6750, section 3). A client refreshes its session on `invalid_token`, and
    /// proves the second factor on `insufficient_user_authentication` (RFC 9470, section 3).
    fn challenge(&self) -> Cow<'static, str> {
        match self.kind.reason {
            "TOKEN_INVALID" | "TOKEN_EXPIRED" => Cow::Borrowed("Bearer error=\"invalid_token\""),
            "STEP_UP_REQUIRED" => Cow::Owned(format!(
                "Bearer error=\"insufficient_user_authentication\", \
                 error_description=\"prove your second factor\", max_age={STEP_UP_MAX_AGE_S}"
            )),
            _ => Cow::Borrowed("Bearer"),
        }
    }

    fn of_rejection(rejection: Details, code: tonic::Code) -> Self {
        let kind = reasons::of(&rejection.reason, code);
        let mut problem = Self::new(kind);
        // The message of an internal failure is for the log, not for the client.
        if !rejection.reason.is_empty() && kind.status < 500 && !rejection.message.is_empty() {
            problem = problem.detail(rejection.message);
        }
        for (field, message) in rejection.fields {
            problem = problem.field(field, message);
        }
        if let Some(delay) = rejection.retry_after {
            problem.retry_after = Some(delay);
        }
        problem
    }
}

/// The text, or its beginning and an ellipsis.
fn shortened(mut text: String, max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}

/// The start of a request path as a URI reference (RFC 3986, section 4.1). HTTP libraries accept characters in a path that
/// no URI has.
fn uri_reference(path: &str) -> String {
    // A path with two slashes in front would name a host.
    let mut reference = String::from(if path.starts_with("//") { "/." } else { "" });
    for (index, byte) in path.bytes().enumerate().take(MAX_TEXT) {
        let is_escape = || {
            let digits = path.as_bytes().get(index + 1..index + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        match byte {
            b'%' if is_escape() => reference.push('%'),
            _ if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte) => {
                reference.push(char::from(byte));
            }
            _ => reference.push_str(&format!("%{byte:02X}")),
        }
    }
    reference.truncate(MAX_TEXT);
    // An escape is not cut in two.
    let tail = reference.len().saturating_sub(2);
    if let Some(escape) = reference[tail..].find('%') {
        reference.truncate(tail + escape);
    }
    reference
}

impl From<tonic::Status> for Problem {
    /// Converts a service's status. One without a reason, or about a message above the limit, is logged:
    /// it is trouble between the processes, and the service may not have logged it. The circuit breaker
    /// logs an unavailable service.
    fn from(status: tonic::Status) -> Self {
        let rejection = Details::from_status(&status);
        let reason = rejection.reason.clone();
        let problem = Self::of_rejection(rejection, status.code());
        let is_outage = matches!(
            status.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled
        );
        if (reason.is_empty() && !is_outage) || problem.kind == &reasons::TOO_LARGE {
            tracing::warn!(
                code = ?status.code(),
                message = status.message(),
                "a call to a service failed outside of its rules"
            );
        }
        problem
    }
}

impl From<Reject> for Problem {
    /// Converts the rejection of an access token by this process.
    fn from(reject: Reject) -> Self {
        let status = tonic::Status::from(reject);
        Self::of_rejection(Details::from_status(&status), status.code())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.kind.reason, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Status and headers; `middleware::problems` writes the body.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(delay) = self.retry_after {
            let seconds = delay.as_millis().div_ceil(1_000).max(1);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(methods) = &self.allow {
            response.insert_header((header::ALLOW, methods.as_str()));
        }
        if self.kind.status == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, self.challenge().as_ref()));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_bounded_whatever_the_client_sends() {
        let many: Vec<_> = (0..10_000)
            .map(|index| {
                (
                    format!("{index}{}", "\u{e9}".repeat(10_000)),
                    "is unknown".to_owned(),
                )
            })
            .collect();
        let problem = Problem::new(&reasons::QUERY_INVALID).fields(many);
        let document = problem.document(&"/x".repeat(10_000), None);
        assert_eq!(document.errors.len(), MAX_ERRORS);
        assert_eq!(document.errors[0].field.chars().count(), MAX_NAME + 1);
        assert_eq!(document.detail.chars().count(), MAX_TEXT + 1);
        assert_eq!(document.instance.len(), MAX_TEXT);
        assert!(serde_json::to_vec(&document).unwrap().len() < 16_384);
    }

    #[test]
    fn the_instance_is_a_uri_reference() {
        let instance = |path: &str| {
            Problem::new(&reasons::NOT_FOUND)
                .document(path, None)
                .instance
        };
        assert_eq!(instance("/a/b;v=1,2/%2f%C3%A9"), "/a/b;v=1,2/%2f%C3%A9");
        assert_eq!(instance("/{a}|\"é"), "/%7Ba%7D%7C%22%C3%A9");
        assert_eq!(instance("/100%/%4"), "/100%25/%254");
        assert_eq!(instance("//host:port/"), "/.//host:port/");
        for (before, length) in [(997, 1_000), (998, 998), (999, 999)] {
            let long = format!("/{}%41%41", "x".repeat(before - 1));
            assert_eq!(instance(&long).len(), length);
        }
    }

    #[test]
    fn violations_that_are_not_listed_are_counted() {
        let many = (0..23).map(|index| (format!("f{index}"), "is unknown".to_owned()));
        let problem = Problem::new(&reasons::QUERY_INVALID).fields(many.collect());
        let document = problem.document("/", None);
        assert!(
            document.detail.ends_with("f19 is unknown; 3 more"),
            "{}",
            document.detail
        );
    }
}
