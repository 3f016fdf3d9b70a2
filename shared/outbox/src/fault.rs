//! Whose fault it is that a message was not handled.

use std::error::Error;

use crate::error::HandlerError;

/// What a failure says about the message, and so what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database is away, or was lost half-way: the message waits where it is. One that loses the
    /// connection each time may be what does it, and has a bounded number of tries.
    Away,
    /// The database answers, and can do nothing for anybody: the message waits where it is.
    Disabled,
    /// The database was too slow, or others were in the way: the message comes back later, as
    /// often as it takes.
    Busy,
    /// It may work later: a bounded number of tries.
    Passing,
    /// It will never work.
    Lasting,
}

impl Fault {
    /// The word for it on spans.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Away => "database_away",
            Self::Disabled => "database_disabled",
            Self::Busy => "database_busy",
            Self::Passing => "transient",
            Self::Lasting => "poison",
        }
    }

    pub(crate) fn is_of_the_database(self) -> bool {
        matches!(self, Self::Away | Self::Disabled | Self::Busy)
    }

    /// A database that is in trouble is never a message's fault, however the handler wrapped it.
    pub(crate) fn of(error: &HandlerError) -> Self {
        match database(error) {
            Some(error) if error.is_disabled() => Self::Disabled,
            Some(persistence::Error::Unavailable(_)) => Self::Away,
            Some(error) if error.is_transient() => Self::Busy,
            _ => match error {
                HandlerError::Transient(_) => Self::Passing,
                HandlerError::Poison(_) => Self::Lasting,
            },
        }
    }
}

/// What the database said, if it was the database.
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

    /// As a service wraps it.
    #[derive(Debug, thiserror::Error)]
    #[error("the database failed")]
    struct Wrapped(#[source] persistence::Error);

    fn said(message: &str) -> Diesel {
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    fn of(error: Diesel) -> [Fault; 3] {
        let error = || match &error {
            Diesel::DatabaseError(_, info) => said(info.message()),
            _ => Diesel::NotFound,
        };
        let plain: HandlerError = error().into();
        let wrapped = HandlerError::transient(Wrapped(error().into()));
        let mistaken = HandlerError::poison(Wrapped(error().into()));
        [plain, wrapped, mistaken].map(|error| Fault::of(&error))
    }

    #[test]
    fn a_database_in_trouble_is_nobody_s_fault() {
        for message in [
            "terminating connection due to administrator command",
            "the database system is starting up",
        ] {
            assert_eq!([Fault::Away; 3], of(said(message)), "{message}");
        }
        for message in [
            "sorry, too many clients already",
            "could not extend file \"base/1/2\": No space left on device",
            "out of memory",
        ] {
            assert_eq!([Fault::Disabled; 3], of(said(message)), "{message}");
        }
        for message in [
            "canceling statement due to statement timeout",
            "deadlock detected",
        ] {
            assert_eq!([Fault::Busy; 3], of(said(message)), "{message}");
        }
    }

    #[test]
    fn what_else_fails_is_the_message_s_fault() {
        let broken = [Fault::Passing, Fault::Passing, Fault::Lasting];
        assert_eq!(broken, of(said("relation \"orders\" does not exist")));
        assert_eq!(broken, of(Diesel::NotFound));
        assert_eq!(Fault::Passing, Fault::of(&HandlerError::transient("busy")));
        assert_eq!(Fault::Lasting, Fault::of(&HandlerError::poison("odd")));
    }
}
