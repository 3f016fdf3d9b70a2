//! What can go wrong with the database, sorted by what a caller can do about it.

use diesel::result::DatabaseErrorKind;

/// A failed use of the database.
///
/// Stores turn `Constraint` and `NotFound` into their domain's errors; the rest is
/// an outage or a bug and never reaches a client in words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody answers, the connection broke, or no connection was free in time.
    /// The same call may succeed later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A unique, foreign key, check or exclusion constraint refused the statement.
    #[error("the constraint {name} refused the statement")]
    Constraint {
        /// The constraint's name in the migrations.
        name: String,
        /// What PostgreSQL said.
        #[source]
        source: diesel::result::Error,
    },
    /// A query that had to give a row gave none.
    #[error("no such row")]
    NotFound,
    /// Another transaction was in the way (serialization failure or deadlock), and
    /// still was after the last try.
    #[error("the transaction collided with another one")]
    Conflict(#[source] diesel::result::Error),
    /// PostgreSQL canceled the statement, mostly after the statement time-out, or canceled one that
    /// was on its way before it in the same transaction.
    #[error("the statement was canceled")]
    Canceled(#[source] diesel::result::Error),
    /// A statement that cannot work: a bug, or a schema that does not fit.
    #[error("the statement failed")]
    Other(#[source] diesel::result::Error),
}

impl Error {
    /// The name of the constraint that refused the statement, if one did.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Conflict(_) | Self::Canceled(_)
        )
    }

    /// Whether the server answers and still cannot work: it has become a standby, or lacks space or
    /// memory. Every statement meets that, so none is to blame.
    pub fn is_disabled(&self) -> bool {
        match self {
            Self::Unavailable(cause) => cause.downcast_ref().is_some_and(is_disabled),
            _ => false,
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::Error as Diesel;
        if is_conflict(&error) {
            return Self::Conflict(error);
        }
        if is_unavailable(&error) {
            return Self::Unavailable(Box::new(error));
        }
        match &error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(_, info) => {
                if let Some(name) = info.constraint_name() {
                    let name = name.to_owned();
                    return Self::Constraint {
                        name,
                        source: error,
                    };
                }
                let begins = |words: &&str| info.message().starts_with(words);
                if CANCELED.iter().any(begins) {
                    return Self::Canceled(error);
                }
                Self::Other(error)
            }
            _ => Self::Other(error),
        }
    }
}

/// PostgreSQL asks for the whole transaction again: 40001 or 40P01.
///
/// Diesel has a kind for the first only and hides the code of the second, so the
/// message decides (databases of Mercantile speak English, the default of initdb's
/// `C` locale and of every image).
pub(crate) fn is_conflict(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        diesel::result::Error::DatabaseError(_, info) => info.message() == "deadlock detected",
        diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => {
            is_conflict(commit_error)
        }
        _ => false,
    }
}

/// What a statement is told that had no fair chance. The second comes when several travel together:
/// the error of the one before it may be noticed later.
const CANCELED: [&str; 2] = ["canceling statement", "current transaction is aborted"];
/// What a server says that is going or not there yet.
const GOING: [&str; 2] = ["terminating connection", "the database system is"];
/// What a server says that lacks something which only people can give it: nothing is wrong with
/// the statement, which works once they did.
const WITHOUT: [&str; 6] = [
    "too many clients",
    "remaining connection slots",
    "No space left on device",
    "could not extend file",
    "out of memory",
    "out of shared memory",
];

/// Whether the server has become a standby: it answers, and takes no writes.
pub(crate) fn is_read_only(error: &diesel::result::Error) -> bool {
    matches!(
        error,
        diesel::result::Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
    )
}

fn is_disabled(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(_, info) => {
            let contains = |words: &&str| info.message().contains(words);
            is_read_only(error) || WITHOUT.iter().any(contains)
        }
        diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => {
            is_disabled(commit_error)
        }
        _ => false,
    }
}

/// The server is gone, going, not there yet, or not able to work.
pub(crate) fn is_unavailable(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | diesel::result::Error::BrokenTransactionManager => true,
        diesel::result::Error::DatabaseError(_, info) => {
            let begins = |words: &&str| info.message().starts_with(words);
            GOING.iter().any(begins) || is_disabled(error)
        }
        diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => {
            is_unavailable(commit_error)
        }
        _ => false,
    }
}
