//! Classifies why a message was not handled: because of the database or of the message.

use std::error::Error;

use crate::error::HandlerError;

/// The cause of a failure, which decides where the message moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database is unreachable or the connection was lost: the message waits. One with which the
    /// connection is lost each time may be the cause, and has a limited number of tries.
    Unavailable,
    /// The database responds, but cannot execute any statement: the message waits.
    Disabled,
    /// The database was too slow, or there were conflicts: the message is retried without limit.
    Busy,
    /// It may succeed later: a limited number of tries.
    Transient,
    /// It will never succeed.
    Poison,
}

impl Fault {
    /// The `error.type` on spans.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "database_unavailable",
            Self::Disabled => "database_disabled",
            Self::Busy => "database_busy",
            Self::Transient => "transient",
            Self::Poison => "poison",
        }
    }

    pub(crate) fn is_of_the_database(self) -> bool {
        matches!(self, Self::Unavailable | Self::Disabled | Self::Busy)
    }

    /// Classifies an error. An error of the database counts as such however the handler wraps it.
    pub(crate) fn of(error: &HandlerError) -> Self {
        match database(error) {
            Some(error) if error.is_disabled() => Self::Disabled,
            Some(persistence::Error::Unavailable(_)) => Self::Unavailable,
            Some(error) if error.is_transient() => Self::Busy,
            _ => match error {
                HandlerError::Transient(_) => Self::Transient,
                HandlerError::Poison(_) => Self::Poison,
            },
        }
    }
}

/// The error of the database, if it is the cause.
fn database(error: &HandlerError) -> Option<&persistence::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error.cause());
    while let Some(error) = cause {
        if let Some(of_database) = error.downcast_ref() {
            return Some(of_database);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use diesel::result::{DatabaseErrorKind, Error as Diesel};

    use super::*;

    /// An error of a service that wraps the database's.
    #[derive(Debug, thiserror::Error)]
    #[error("the database failed")]
    struct Wrapped(#[source] persistence::Error);

    fn diesel_error(message: &str) -> Diesel {
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    fn of(error: Diesel) -> [Fault; 3] {
        let error = || match &error {
            Diesel::DatabaseError(_, info) => diesel_error(info.message()),
            _ => Diesel::NotFound,
        };
        let plain: HandlerError = error().into();
        let wrapped = HandlerError::transient(Wrapped(error().into()));
        let mistaken = HandlerError::poison(Wrapped(error().into()));
        [plain, wrapped, mistaken].map(|error| Fault::of(&error))
    }

    #[test]
    fn errors_of_the_database_are_recognized() {
        for message in [
            "terminating connection due to administrator command",
            "the database system is starting up",
        ] {
            assert_eq!(
                [Fault::Unavailable; 3],
                of(diesel_error(message)),
                "{message}"
            );
        }
        for message in [
            "sorry, too many clients already",
            "could not extend file \"base/1/2\": No space left on device",
            "out of memory",
        ] {
            assert_eq!([Fault::Disabled; 3], of(diesel_error(message)), "{message}");
        }
        for message in [
            "canceling statement due to statement timeout",
            "deadlock detected",
        ] {
            assert_eq!([Fault::Busy; 3], of(diesel_error(message)), "{message}");
        }
    }

    #[test]
    fn other_errors_are_attributed_to_the_message() {
        let broken = [Fault::Transient, Fault::Transient, Fault::Poison];
        assert_eq!(
            broken,
            of(diesel_error("relation \"orders\" does not exist"))
        );
        assert_eq!(broken, of(Diesel::NotFound));
        assert_eq!(
            Fault::Transient,
            Fault::of(&HandlerError::transient("busy"))
        );
        assert_eq!(Fault::Poison, Fault::of(&HandlerError::poison("odd")));
    }
}
