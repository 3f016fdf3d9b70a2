//! What a service gives to `consume`.

use diesel_async::AsyncPgConnection;
use messaging::{DecodeError, Envelope};

/// Does what a message asks for, inside the consumer's transaction.
///
/// A handler only touches the database, through `conn`, and may enqueue replies; it
/// makes no network call and commits nothing itself. It may run again for the same
/// message after a rollback. Implementations write `async fn handle(..)`.
pub trait Handler: Send + Sync + 'static {
    /// Handles one message that was not handled before.
    fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;

    /// Called before the first of several messages that share a transaction. Who locks rows for a
    /// message locks those of all of them here, in one order: two replicas would wait for each
    /// other in a circle otherwise.
    fn prepare(
        &self,
        _conn: &mut AsyncPgConnection,
        _envelopes: &[Envelope],
    ) -> impl Future<Output = Result<(), HandlerError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Called when a transaction begins, also when it is tried again: what `handle` has noted in
    /// memory for a commit that did not happen is to be forgotten.
    fn begun(&self) {}

    /// Called after each commit, to wake what looks at the rows that were written. It must not
    /// block, and a crash may come first: whoever is woken also looks by itself.
    fn committed(&self) {}
}

/// Why a message was not handled. Nothing of what the handler wrote remains.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// It may work later: tried again after a delay, a bounded number of times. When a
    /// database that is away or busy is the cause, as often as it takes.
    #[error("{0}")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will never work: straight to the dead letters.
    #[error("{0}")]
    Poison(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl HandlerError {
    /// It may work later.
    pub fn transient(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Transient(error.into())
    }

    pub(crate) fn cause(&self) -> &(dyn std::error::Error + 'static) {
        match self {
            Self::Transient(error) | Self::Poison(error) => &**error,
        }
    }

    /// It will never work.
    pub fn poison(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Poison(error.into())
    }
}

/// Data that does not fit its type never will.
impl From<DecodeError> for HandlerError {
    fn from(error: DecodeError) -> Self {
        Self::poison(error)
    }
}

/// A failed statement may have met an outage or another transaction, which is nobody's
/// fault; one that can never work runs out of tries and is a dead letter then.
impl From<persistence::Error> for HandlerError {
    fn from(error: persistence::Error) -> Self {
        Self::transient(error)
    }
}

impl From<diesel::result::Error> for HandlerError {
    fn from(error: diesel::result::Error) -> Self {
        persistence::Error::from(error).into()
    }
}
