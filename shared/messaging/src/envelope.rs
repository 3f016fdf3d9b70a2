//! A message on the wire: CloudEvents 1.0 attributes around JSON data.

use chrono::{DateTime, Utc};
use contracts::TraceContext;
use contracts::messages::{self, Message};
use kernel::Clock;
use uuid::Uuid;

/// One message with its CloudEvents attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// CloudEvents `id`, UUIDv7. The inbox uses it to find duplicates.
    pub id: Uuid,
    /// CloudEvents `source`: `/` and the name of the sending service.
    pub source: String,
    /// CloudEvents `type`, also the routing key: `order.confirmed.v1`.
    pub message_type: String,
    /// CloudEvents `subject`: the id of the order, product or other entity that it concerns.
    pub subject: String,
    /// CloudEvents `time`: when it was written to the outbox.
    pub time: DateTime<Utc>,
    /// The span that sent it.
    pub trace: Option<TraceContext>,
    /// The message as JSON.
    pub data: Vec<u8>,
}

/// The data does not match the message's type: a poison message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The envelope has another type than the one that was requested.
    #[error("expected {expected}, got {got}")]
    OtherType {
        /// The requested type.
        expected: &'static str,
        /// The type in the envelope.
        got: String,
    },
    /// The JSON does not match the type.
    #[error("the data does not match its type: {0}")]
    Data(#[from] serde_json::Error),
}

impl Envelope {
    /// Wraps a message with a new id and the current span's trace context.
    ///
    /// # Errors
    /// The message cannot be serialized as JSON.
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

    /// The subject, if it is the correlation id (`order_id`).
    pub fn correlation_id(&self) -> Option<&str> {
        let is_this = |listed: &&messages::MessageType| listed.name == self.message_type;
        let listed = messages::ALL.iter().find(is_this)?;
        (listed.subject_field == contracts::CORRELATION).then_some(&self.subject)
    }

    /// Whether this envelope holds an `M`.
    pub fn is<M: Message>(&self) -> bool {
        self.message_type == M::TYPE
    }

    /// The message inside.
    ///
    /// # Errors
    /// The envelope holds another type, or the data does not match it.
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
