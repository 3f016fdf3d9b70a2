//! Conversion of proto fields, shared by the models.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::edge::problem::{Problem, reasons};

/// A field that the contract requires; `what` is its name in the proto.
///
/// # Errors
/// `INTERNAL` if the field is missing or invalid, which is also logged.
pub(crate) fn required<T>(part: Option<T>, what: &'static str) -> Result<T, Problem> {
    part.ok_or_else(|| {
        tracing::error!(
            field = what,
            "a required field of a response is missing or invalid"
        );
        Problem::new(&reasons::INTERNAL)
    })
}

/// Converts a list; fails with the first element that fails.
pub(super) fn convert_all<P, T: TryFrom<P, Error = Problem>>(
    list: Vec<P>,
) -> Result<Vec<T>, Problem> {
    list.into_iter().map(T::try_from).collect()
}

/// A required id.
pub(super) fn id(text: &str, what: &'static str) -> Result<Uuid, Problem> {
    required(text.parse().ok(), what)
}

/// An optional id; empty if absent.
pub(crate) fn optional_id(text: &str, what: &'static str) -> Result<Option<Uuid>, Problem> {
    (!text.is_empty()).then(|| id(text, what)).transpose()
}

/// A required time.
pub(super) fn time(
    at: Option<prost_types::Timestamp>,
    what: &'static str,
) -> Result<DateTime<Utc>, Problem> {
    required(optional_time(at), what)
}

/// An optional time.
pub(super) fn optional_time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    at.and_then(|at| {
        DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).unwrap_or_default())
    })
}

/// An optional text; empty if absent.
pub(super) fn optional_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
