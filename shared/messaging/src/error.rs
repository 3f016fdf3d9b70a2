/// The error and its causes in one line, for logs and the headers of dead letters.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The broker could not be reached or rejected a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The configured URL is not an AMQP URL. Only at start-up.
    #[error("the broker's url is not valid: {0}")]
    Url(String),
    /// The file of the CA cannot be used. Only at start-up.
    #[error("`broker.ca_path` cannot be used")]
    Ca(#[from] tls::Error),
    /// Not connected; the supervisor is reconnecting.
    #[error("the broker is not connected")]
    Disconnected,
    /// The broker did not respond in time.
    #[error("the broker did not respond in time")]
    TimedOut,
    /// The client library or the broker reported an error.
    #[error("the broker rejected the request or closed the channel")]
    Amqp(#[from] lapin::Error),
    /// The part of the queue that was searched has no dead letter with this id.
    #[error("no dead letter {0}")]
    NoSuchLetter(uuid::Uuid),
    /// The queue of a consumer that must receive the events does not exist yet.
    #[error("the queue {0} does not exist yet")]
    NotDeclared(&'static str),
    /// A message was not published.
    #[error("cannot publish")]
    Publish(#[from] PublishError),
}

impl BrokerError {
    /// Whether the same request may succeed on another connection, or later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Disconnected | Self::TimedOut | Self::NotDeclared(_) => true,
            Self::Amqp(error) => !matches!(error.kind(), lapin::ErrorKind::ProtocolError(_)),
            Self::Publish(error) => matches!(
                error,
                PublishError::Refused | PublishError::TimedOut | PublishError::Unavailable(_)
            ),
            Self::Url(_) | Self::Ca(_) | Self::NoSuchLetter(_) => false,
        }
    }
}

/// Why a message was not confirmed. It may have arrived nevertheless, except when `Unroutable`.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No queue is bound for this exchange and routing key: a command or an event whose consumer
    /// has never run. Later, an unrouted event is kept in `<queue>.unrouted`. An event without a
    /// consumer is dropped.
    #[error("no queue is bound for {routing_key} at the exchange '{exchange}'")]
    Unroutable {
        /// The exchange it was published to.
        exchange: String,
        /// Its routing key, which is the message's type.
        routing_key: String,
    },
    /// The broker rejected the message, for example because the queue is full.
    #[error("the broker rejected the message")]
    Refused,
    /// No confirm in time.
    #[error("the broker did not confirm in time")]
    TimedOut,
    /// No connection, or it broke before the confirm.
    #[error("the broker is not available: {0}")]
    Unavailable(String),
}
