use messaging::DecodeError;

/// Why a batch was not handled. It is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The messages at these positions fail. Each is retried or becomes a dead letter according to its
    /// error; the others are handled again without them.
    #[error("{} messages of the batch are rejected", .0.len())]
    Rejected(Vec<(usize, HandlerError)>),
    /// The transaction failed as a whole. The batch is split to find the failing message.
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
    /// It may succeed later: retried after a delay, a limited number of times. Without limit if the
    /// cause is that the database is unavailable or busy.
    #[error("{0}")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will never succeed: a dead letter at once.
    #[error("{0}")]
    Poison(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl HandlerError {
    /// An error that may not recur.
    pub fn transient(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Transient(error.into())
    }

    pub(crate) fn cause(&self) -> &(dyn std::error::Error + 'static) {
        match self {
            Self::Transient(error) | Self::Poison(error) => &**error,
        }
    }

    /// An error that will always recur.
    pub fn poison(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Poison(error.into())
    }
}

/// Data that does not match its type never will.
impl From<DecodeError> for HandlerError {
    fn from(error: DecodeError) -> Self {
        Self::poison(error)
    }
}

/// A statement may fail because of an outage or another transaction, which a message does not cause. A
/// statement that always fails becomes a dead letter after the last try.
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
