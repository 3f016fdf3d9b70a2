//! Why messages were not handled.

use messaging::DecodeError;

/// Why a set of messages was not handled. Nothing of what the handler wrote remains.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// These messages, by position, fail. Each is retried or becomes a dead letter by its own error;
    /// the others are handled again without them.
    #[error("{} messages of the batch are rejected", .0.len())]
    Rejected(Vec<(usize, HandlerError)>),
    /// The transaction failed as a whole. The batch is divided as far as needed to find the message
    /// at fault.
    #[error(transparent)]
    Failed(HandlerError),
}

impl From<HandlerError> for BatchError {
    fn from(error: HandlerError) -> Self {
        Self::Failed(error)
    }
}

impl From<persistence::Error> for BatchError {
    fn from(error: persistence::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<diesel::result::Error> for BatchError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a message was not handled.
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

/// A failed statement may have met an outage or another transaction, which no message is to blame
/// for; one that can never work runs out of tries and is a dead letter then.
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
