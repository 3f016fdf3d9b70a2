//! What can go wrong between a process and its broker.

/// The broker could not be reached or refused a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The configured address is not an AMQP address. Only at start-up.
    #[error("the broker's url is not valid: {0}")]
    Url(String),
    /// No connection at the moment; the supervisor is at it.
    #[error("the broker is not connected")]
    Disconnected,
    /// The broker did not answer in time.
    #[error("the broker did not answer in time")]
    TimedOut,
    /// The client library or the broker reported an error.
    #[error("the broker refused or broke off")]
    Amqp(#[from] lapin::Error),
    /// A dead letter with this id is not in the part of the queue that was looked at.
    #[error("no dead letter {0}")]
    NoSuchLetter(uuid::Uuid),
    /// A message could not be handed over.
    #[error("cannot publish")]
    Publish(#[from] PublishError),
}

impl BrokerError {
    /// Whether the same may work on another connection, or a little later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Disconnected | Self::TimedOut => true,
            Self::Amqp(error) => !matches!(error.kind(), lapin::ErrorKind::ProtocolError(_)),
            Self::Publish(error) => matches!(
                error,
                PublishError::Refused | PublishError::TimedOut | PublishError::Unavailable(_)
            ),
            Self::Url(_) | Self::NoSuchLetter(_) => false,
        }
    }
}

/// Why a message was not confirmed. It may have arrived all the same, except when
/// `Unroutable`.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No queue is bound for this exchange and routing key. An error, never a loss.
    /// Only for commands: an event without a listener is kept in `mercantile.unheard`.
    #[error("no queue takes {routing_key} from the exchange '{exchange}'")]
    Unroutable {
        /// The exchange it was published to.
        exchange: String,
        /// Its routing key, which is the message's type.
        routing_key: String,
    },
    /// The broker said no (a full queue, for example).
    #[error("the broker refused the message")]
    Refused,
    /// No confirm in time.
    #[error("the broker did not confirm in time")]
    TimedOut,
    /// No connection, or it broke before the confirm.
    #[error("the broker is not available: {0}")]
    Unavailable(String),
}
