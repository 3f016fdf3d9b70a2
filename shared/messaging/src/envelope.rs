//! A message as it travels: CloudEvents 1.0 attributes around JSON data.

use chrono::{DateTime, Utc};
use contracts::TraceContext;
use contracts::messages::{self, Message};
use kernel::Clock;
use uuid::Uuid;

/// One message with its CloudEvents attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// CloudEvents `id`, UUIDv7: the inbox knows a message by it.
    pub id: Uuid,
    /// CloudEvents `source`: `/` and the sending service.
    pub source: String,
    /// CloudEvents `type` and routing key: `order.confirmed.v1`.
    pub message_type: String,
    /// CloudEvents `subject`: the id of what it is about.
    pub subject: String,
    /// CloudEvents `time`: when it was written to the outbox.
    pub time: DateTime<Utc>,
    /// The span that sent it.
    pub trace: Option<TraceContext>,
    /// The message as JSON.
    pub data: Vec<u8>,
}

/// The data is not what its type promises: a poison message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Decoded as one type, but the envelope says another.
    #[error("expected {expected}, got {got}")]
    OtherType {
        /// The type asked for.
        expected: &'static str,
        /// The type in the envelope.
        got: String,
    },
    /// The JSON does not fit the type.
    #[error("the data does not fit its type: {0}")]
    Data(#[from] serde_json::Error),
}

impl Envelope {
    /// Wraps a message with a fresh id and the current span's trace context.
    ///
    /// # Errors
    /// When the message cannot be written as JSON.
    pub fn of<M: Message>(message: &M) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: Uuid::now_v7(),
            source: format!("/{}", M::SOURCE),
            message_type: M::TYPE.to_owned(),
            subject: message.subject(),
            time: Clock::system().now(),
            trace: contracts::trace::current(),
            data: serde_json::to_vec(message)?,
        })
    }

    /// The value of the correlation field, if its subject is one.
    pub fn correlation_id(&self) -> Option<&str> {
        let is_this = |known: &&messages::MessageType| known.name == self.message_type;
        let known = messages::ALL.iter().find(is_this)?;
        (known.about == contracts::CORRELATION).then_some(&self.subject)
    }

    /// Whether this envelope holds an `M`.
    pub fn is<M: Message>(&self) -> bool {
        self.message_type == M::TYPE
    }

    /// The message inside.
    ///
    /// # Errors
    /// When the envelope holds another type or the data does not fit.
    pub fn decode<M: Message>(&self) -> Result<M, DecodeError> {
        if !self.is::<M>() {
            return Err(DecodeError::OtherType {
                expected: M::TYPE,
                got: self.message_type.clone(),
            });
        }
        Ok(serde_json::from_slice(&self.data)?)
    }
}
