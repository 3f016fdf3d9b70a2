//! What the conversions have in common.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::edge::problem::{Problem, reasons};

/// A part of an answer that the contract promises.
///
/// # Errors
/// `INTERNAL`, and a line in the log, when the service left it out.
pub(crate) fn promised<T>(part: Option<T>, what: &'static str) -> Result<T, Problem> {
    part.ok_or_else(|| {
        tracing::error!(what, "a service left out what it promises");
        Problem::new(&reasons::INTERNAL)
    })
}

/// Converts a list, or fails with its first bad element.
pub(super) fn each<P, T: TryFrom<P, Error = Problem>>(list: Vec<P>) -> Result<Vec<T>, Problem> {
    list.into_iter().map(T::try_from).collect()
}

/// An id that the contract promises.
pub(super) fn id(text: &str, what: &'static str) -> Result<Uuid, Problem> {
    promised(text.parse().ok(), what)
}

/// An id that may be left out.
pub(super) fn maybe_id(text: &str, what: &'static str) -> Result<Option<Uuid>, Problem> {
    (!text.is_empty()).then(|| id(text, what)).transpose()
}

/// A time that the contract promises.
pub(super) fn time(
    at: Option<prost_types::Timestamp>,
    what: &'static str,
) -> Result<DateTime<Utc>, Problem> {
    promised(maybe_time(at), what)
}

/// A time that may be left out.
pub(super) fn maybe_time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    at.and_then(|at| {
        DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).unwrap_or_default())
    })
}

/// A text that is empty when it is left out.
pub(super) fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
