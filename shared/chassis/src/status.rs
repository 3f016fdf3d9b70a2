//! The error model on the wire: a gRPC status with a stable reason and machine-readable details.
//!
//! A service maps its domain errors to [`Reject`] in `grpc/reasons.rs`; a caller reads the details
//! as [`Details`]. The text of a cause is never sent: see [`internal`] and [`unavailable`].

use std::time::Duration;

use tonic::{Code, Status};

mod details;
mod reasons;
mod reject;

pub use details::Details;
pub use reasons::{
    DEADLINE_EXCEEDED, FORBIDDEN, INTERNAL, KEYS_UNAVAILABLE, OVERLOADED, REASONS, Reason,
    STEP_UP_REQUIRED, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING, TOO_LARGE, UNAVAILABLE,
    VALIDATION_FAILED,
};
pub use reject::Reject;

/// The `ErrorInfo.domain` of every error response.
pub const DOMAIN: &str = "mercantile";

/// The cause of a failure: any error, or a text.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A dependency of the service (`what`: "postgres", "catalog") is unavailable. Logs the error with
/// its causes and returns `UNAVAILABLE` without them.
pub fn unavailable(what: &'static str, cause: impl Into<Cause>) -> Status {
    let cause = chain(cause.into());
    tracing::warn!(what, cause, "a dependency is unavailable");
    Reject::unavailable(
        UNAVAILABLE,
        "the service is not available right now, try again soon",
    )
    .retry_after(Duration::from_secs(1))
    .into()
}

/// A bug or a broken invariant. Logs the error with its causes and returns `INTERNAL` without them.
pub fn internal(cause: impl Into<Cause>) -> Status {
    let cause = chain(cause.into());
    tracing::error!(cause, "internal error");
    Reject::new(Code::Internal, INTERNAL, "something went wrong on our side").into()
}

/// An error and its causes in one line, for the log.
fn chain(cause: Cause) -> String {
    format!("{:#}", anyhow::Error::from_boxed(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_details_of_a_rejection_survive_the_wire() {
        let status = Status::from(
            Reject::failed_precondition("ORDER_NOT_CANCELLABLE", "the order has been shipped")
                .field("lines[0].sku", "is unknown")
                .metadata("status", "shipped")
                .retry_after(Duration::from_secs(2)),
        );
        assert_eq!(status.code(), Code::FailedPrecondition);
        let read = Details::from_status(&status);
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
    fn a_status_without_details_has_only_a_message() {
        let read = Details::from_status(&Status::not_found("no such thing"));
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
        let read = Details::from_status(&status);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(
            (read.reason.as_str(), read.fields.len()),
            (VALIDATION_FAILED, 2)
        );
    }

    #[test]
    fn a_cause_is_never_sent() {
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
