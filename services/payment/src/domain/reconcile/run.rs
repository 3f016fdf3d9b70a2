//! A run of the reconciliation: who requested it, what it covers, and how it ended.

use chrono::{DateTime, Utc};
use kernel::UserId;
use uuid::Uuid;

/// Who requested a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Schedule,
    Staff(UserId),
    Command,
}

/// A request for a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewRun {
    pub(crate) origin: Origin,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// A reconciliation.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) requested_by: Option<Uuid>,
    pub(crate) window_from: DateTime<Utc>,
    pub(crate) window_until: DateTime<Utc>,
    pub(crate) payments: i64,
    pub(crate) intents: i64,
    pub(crate) differences: i64,
    /// The number of this attempt, from 1; 0 before the first.
    pub(crate) attempts: i32,
    pub(crate) error: Option<String>,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// The state of a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunStatus<'a> {
    /// It waits for a replica, or one carries it out.
    Running,
    /// Everything in its window was compared.
    Completed,
    /// It could not be carried out; the error.
    Failed(&'a str),
}

impl Run {
    pub(crate) fn status(&self) -> RunStatus<'_> {
        match (self.finished_at, &self.error) {
            (None, _) => RunStatus::Running,
            (Some(_), None) => RunStatus::Completed,
            (Some(_), Some(error)) => RunStatus::Failed(error),
        }
    }
}

/// How many payments and intents were compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) payments: i64,
    pub(crate) intents: i64,
}
