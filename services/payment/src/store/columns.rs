//! Conversion between values of the domain and columns.

use std::time::Duration;

use diesel::result::Error;
use kernel::Money;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Status, Task};

/// The error of a row that the constraints of the database should have rejected.
pub(super) fn invalid(what: &str) -> Error {
    Error::DeserializationError(format!("a row with an invalid {what}").into())
}

pub(super) fn money(minor_units: i64, currency: &str) -> Result<Money, Error> {
    let currency = currency.parse().map_err(|_| invalid("currency"))?;
    Ok(Money::new(minor_units, currency))
}

/// Rows as input of `jsonb_populate_recordset`, so that one prepared statement serves any number of rows.
pub(super) fn recordset<R: Serialize>(rows: impl Iterator<Item = R>) -> Result<Value, Error> {
    let rows: Vec<R> = rows.collect();
    serde_json::to_value(rows).map_err(|error| Error::SerializationError(error.into()))
}

/// Milliseconds as the argument of `make_interval(secs => ..)`.
pub(super) fn seconds(ms: u64) -> f64 {
    Duration::from_millis(ms).as_secs_f64()
}

pub(super) fn status(name: &str) -> Result<Status, Error> {
    let mut all = Status::ALL.into_iter();
    all.find(|status| status.name() == name)
        .ok_or_else(|| invalid("status"))
}

pub(super) fn task(kind: &str, refund_id: Option<Uuid>) -> Result<Task, Error> {
    match (kind, refund_id) {
        ("authorize", None) => Ok(Task::Authorize),
        ("capture", None) => Ok(Task::Capture),
        ("void", None) => Ok(Task::Void),
        ("refund", Some(id)) => Ok(Task::Refund(id.into())),
        _ => Err(invalid("kind")),
    }
}

/// The refund that a task is about.
pub(super) fn refund_of(task: Task) -> Option<Uuid> {
    match task {
        Task::Refund(id) => Some(id.as_uuid()),
        _ => None,
    }
}
