//! Errors of the database, classified by what a caller can do.

use diesel::result::DatabaseErrorKind;

/// A failed operation on the database.
///
/// Stores map `Constraint` and `NotFound` to errors of the domain. Other errors are outages or bugs, whose
/// text is never sent to a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key of `[database]` has a value that cannot be used. Only at start-up.
    #[error("`{key}` cannot be used")]
    Configuration {
        /// The key.
        key: &'static str,
        /// The reason, without the value: a URL holds a password.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server does not respond, the connection broke, or no connection was free in time. The same call
    /// may succeed later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The statement violates a unique, foreign key, check or exclusion constraint.
    #[error("the statement violates the constraint {name}")]
    Constraint {
        /// The constraint's name in the migrations.
        name: String,
        /// The error of PostgreSQL.
        #[source]
        source: diesel::result::Error,
    },
    /// A query for one row returned none.
    #[error("no such row")]
    NotFound,
    /// A conflict with another transaction (serialization failure or deadlock), also in the last retry.
    #[error("the transaction conflicts with another one")]
    Conflict(#[source] diesel::result::Error),
    /// PostgreSQL canceled the statement, usually after the statement timeout, or canceled an earlier
    /// pipelined statement of the same transaction.
    #[error("the statement was canceled")]
    Canceled(#[source] diesel::result::Error),
    /// The statement is invalid: a bug, or another version of the schema.
    #[error("the statement failed")]
    Other(#[source] diesel::result::Error),
}

impl Error {
    /// The name of the violated constraint, if there is one.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Conflict(_) | Self::Canceled(_)
        )
    }

    /// Whether the server responds, but cannot execute any statement: it became a standby, or has no space
    /// or memory left. The statement is not the cause.
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

/// PostgreSQL requires that the transaction is repeated: 40001 or 40P01.
///
/// Diesel has a kind only for the first and hides the code of the second, so the message decides. The
/// messages are in English (`lc_messages`), the default of initdb's `C` locale and of the images.
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

/// The errors of canceled statements. The second occurs when statements are pipelined: the error of the
/// earlier statement may be read later.
const CANCELED: [&str; 2] = ["canceling statement", ABORTED];
const ABORTED: &str = "current transaction is aborted";
/// The errors of a server that shuts down or starts.
const STOPPING_OR_STARTING: [&str; 2] = ["terminating connection", "the database system is"];
/// The errors of a server that lacks a resource which an operator must provide.
const OUT_OF_RESOURCES: [&str; 6] = [
    "too many clients",
    "remaining connection slots",
    "No space left on device",
    "could not extend file",
    "out of memory",
    "out of shared memory",
];

/// Whether an earlier statement of the transaction failed: 25P02.
pub(crate) fn is_aborted(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.message().starts_with(ABORTED),
        _ => false,
    }
}

/// Whether the server became a standby, which rejects writes.
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
            is_read_only(error) || OUT_OF_RESOURCES.iter().any(contains)
        }
        diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => {
            is_disabled(commit_error)
        }
        _ => false,
    }
}

/// Whether the server is unreachable, stopping, starting, or cannot execute statements.
pub(crate) fn is_unavailable(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | diesel::result::Error::BrokenTransactionManager => true,
        diesel::result::Error::DatabaseError(_, info) => {
            let begins = |words: &&str| info.message().starts_with(words);
            STOPPING_OR_STARTING.iter().any(begins) || is_disabled(error)
        }
        diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => {
            is_unavailable(commit_error)
        }
        _ => false,
    }
}
