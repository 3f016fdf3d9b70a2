//! Every error of the gateway: RFC 9457 `application/problem+json`.
//!
//! A handler or middleware returns a [`Problem`]; `middleware::problems` writes its body, since it
//! knows the request's path and trace id.

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use chassis::status::{Details, Reject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub mod reasons;

use reasons::Kind;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One field of a request that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where it is, with dots: `shipping_address.city`.
    #[schema(example = "shipping_address.city")]
    pub field: String,
    /// What it must be, for people.
    #[schema(example = "must be 1 to 100 characters")]
    pub message: String,
}

/// What the client reads when something did not work (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Stable name of what went wrong, relative to the server's root. Compare this, not the texts.
    #[serde(rename = "type")]
    #[schema(example = "/problems/validation-failed", format = "uri-reference")]
    pub kind: String,
    /// The same for every occurrence of this type.
    #[schema(example = "Some fields are not valid")]
    pub title: String,
    /// The response's HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// About this occurrence, for people.
    #[schema(example = "shipping_address.city must be 1 to 100 characters")]
    pub detail: String,
    /// The path of the request that failed.
    #[schema(example = "/api/v1/orders", format = "uri-reference")]
    pub instance: String,
    /// Names the request in logs and traces; give it to support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: Option<String>,
    /// What is wrong with which field, if the problem is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    allow: Option<String>,
}

impl Problem {
    /// A problem of a kind, with its usual text.
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.detail),
            errors: Vec::new(),
            retry_after: kind.retry_after_s.map(Duration::from_secs),
            allow: None,
        }
    }

    /// Sets the detail of this occurrence. Never the text of a cause.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds what is wrong with a field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// Renames a field from the service's name to the client's.
    #[must_use]
    pub fn rename(mut self, theirs: &str, ours: &str) -> Self {
        for error in &mut self.errors {
            if error.field == theirs {
                ours.clone_into(&mut error.field);
            }
        }
        self
    }

    /// Sets when a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Sets the methods of the URL: `GET, HEAD`.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The document as this request's client reads it.
    pub fn document(&self, instance: &str, trace_id: Option<String>) -> Document {
        Document {
            kind: self.kind.uri(),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.clone().into_owned(),
            instance: instance.to_owned(),
            trace_id,
            errors: self.errors.clone(),
        }
    }

    fn refused(rejection: Details, code: tonic::Code) -> Self {
        let kind = reasons::of(&rejection.reason, code);
        let mut problem = Self::new(kind);
        // The message of a failure on our side is for the log, not for the client.
        if !rejection.reason.is_empty() && kind.status < 500 && !rejection.message.is_empty() {
            problem.detail = Cow::Owned(rejection.message);
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

impl From<tonic::Status> for Problem {
    /// The refusal of a service. Logs a failure without a reason, since the service may not have
    /// logged its cause. An unavailable service is logged once, by its circuit breaker.
    fn from(status: tonic::Status) -> Self {
        let rejection = Details::from_status(&status);
        let reason = rejection.reason.clone();
        let problem = Self::refused(rejection, status.code());
        if problem.kind.status == 500 && reason.is_empty() {
            tracing::warn!(
                code = ?status.code(),
                message = status.message(),
                "a service failed without a reason"
            );
        }
        problem
    }
}

impl From<Reject> for Problem {
    /// The refusal of an access token in this process.
    fn from(reject: Reject) -> Self {
        let status = tonic::Status::from(reject);
        Self::refused(Details::from_status(&status), status.code())
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

    /// Everything but the body, which `middleware::problems` writes.
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
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}
