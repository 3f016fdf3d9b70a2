//! Reads and writes the headers of a call.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::{Code, Status};
use tracing::Span;

use crate::status::{DEADLINE_EXCEEDED, Reject, TOKEN_INVALID};

/// How long the caller waits.
pub const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// The network of the client at the edge: see [`crate::call::ClientNetwork`].
pub const CLIENT_NETWORK: HeaderName = HeaderName::from_static("x-client-network");
/// Present when a status has a reason: see [`crate::status`].
pub const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// How long the caller waits. A malformed header counts as absent.
#[must_use]
pub fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3_600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The value of `grpc-timeout`. It may have eight digits: microseconds up to 99 s, milliseconds
/// above that.
#[must_use]
pub fn timeout_value(left: Duration) -> HeaderValue {
    let micros = left.as_micros();
    let text = if micros < 100_000_000 {
        format!("{micros}u")
    } else {
        format!("{}m", left.as_millis().min(99_999_999))
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("1S"))
}

/// The access token, if the header is present.
///
/// # Errors
/// `TOKEN_INVALID` if the header has another scheme than `Bearer`, or is repeated: the caller and the services it calls
/// could choose different ones.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Reject> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let is_only = values.next().is_none();
    value
        .to_str()
        .ok()
        .filter(|_| is_only)
        .and_then(|text| text.strip_prefix("Bearer "))
        .map(|token| Some(token.trim()))
        .ok_or_else(|| {
            let message = "the authorization header must be one `Bearer <access token>`";
            Reject::unauthenticated(TOKEN_INVALID, message)
        })
}

/// The code of a response. A response with a body has its code in the trailers and counts as `OK`,
/// which is correct for unary calls.
#[must_use]
pub fn code(headers: &HeaderMap) -> Code {
    headers
        .get(GRPC_STATUS)
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()))
}

/// The status of a call whose deadline has passed.
#[must_use]
pub fn deadline_exceeded() -> Status {
    let message = "the deadline passed before the call was answered";
    Reject::new(Code::DeadlineExceeded, DEADLINE_EXCEEDED, message).into()
}

/// Records the code of a call on its span.
pub fn record(span: &Span, code: Code, is_error: bool) {
    if span.is_disabled() {
        return;
    }
    span.record("rpc.response.status_code", name(code));
    if is_error {
        span.record("error.type", name(code));
        span.record("otel.status_code", "ERROR");
    }
}

/// Whether the code means that the server failed. A rejected request is not a failure of the server.
#[must_use]
pub fn is_server_error(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// A code as OpenTelemetry's conventions and gRPC's documents spell it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(GRPC_TIMEOUT, HeaderValue::from_static(text));
        timeout(&headers)
    }

    #[test]
    fn every_unit_of_a_timeout_is_read() {
        assert_eq!(read("2H"), Some(Duration::from_secs(7_200)));
        assert_eq!(read("3M"), Some(Duration::from_secs(180)));
        assert_eq!(read("4S"), Some(Duration::from_secs(4)));
        assert_eq!(read("5m"), Some(Duration::from_millis(5)));
        assert_eq!(read("6u"), Some(Duration::from_micros(6)));
        assert_eq!(read("7n"), Some(Duration::from_nanos(7)));
    }

    #[test]
    fn a_repeated_authorization_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(bearer(&headers).is_ok_and(|token| token.is_none()));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert!(bearer(&headers).is_ok_and(|token| token == Some("a")));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert!(bearer(&headers).is_err());
    }

    #[test]
    fn a_malformed_timeout_counts_as_none() {
        for bad in ["", "S", "1", "-1S", "1.5S", "123456789S", "1s"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_timeout_survives_writing_and_reading() {
        for millis in [1, 1_500, 99_000, 3_600_000] {
            let left = Duration::from_millis(millis);
            let mut headers = HeaderMap::new();
            headers.insert(GRPC_TIMEOUT, timeout_value(left));
            assert_eq!(timeout(&headers), Some(left));
        }
    }
}
