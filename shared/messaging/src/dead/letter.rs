use chrono::{DateTime, Utc};
use lapin::message::BasicGetMessage;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::envelope::Envelope;
use crate::headers;

/// A message that could not be handled, and why.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The message's CloudEvents id, or else its AMQP message id. A message with neither gets an
    /// id that is derived from its body (UUIDv8), so that each letter has one; equal bodies have
    /// equal ids.
    pub id: Uuid,
    /// The message, or which CloudEvents attribute is missing or invalid.
    pub envelope: Result<Envelope, String>,
    /// The body, which need not be JSON.
    pub data: Vec<u8>,
    /// The error of the last try, or the broker's reason.
    pub error: String,
    /// When it became a dead letter; absent if the broker moved it.
    pub failed_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub attempts: u32,
}

impl DeadLetter {
    pub(super) fn of(message: &BasicGetMessage) -> Self {
        let properties = &message.delivery.properties;
        let data = &message.delivery.data;
        let envelope = headers::envelope(properties, data.clone());
        let message_id = properties.message_id().as_ref();
        let id = match &envelope {
            Ok(envelope) => envelope.id,
            Err(_) => message_id
                .and_then(|id| id.as_str().parse().ok())
                .unwrap_or_else(|| derived(data)),
        };
        Self {
            id,
            envelope,
            data: data.clone(),
            error: headers::error(properties),
            failed_at: headers::header(properties, headers::FAILED_AT)
                .and_then(|at| DateTime::parse_from_rfc3339(&at).ok())
                .map(|at| at.with_timezone(&Utc)),
            attempts: headers::attempts(properties),
        }
    }
}

/// Only the body counts: headers change when the broker moves a message.
fn derived(data: &[u8]) -> Uuid {
    let digest = Sha256::digest(data);
    let mut bytes = [0; 16];
    for (byte, digested) in bytes.iter_mut().zip(digest) {
        *byte = digested;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bodies_have_equal_ids() {
        assert_eq!(derived(b"hello"), derived(b"hello"));
        assert_ne!(derived(b"hello"), derived(b""));
        assert_eq!(8, derived(b"hello").get_version_num());
    }
}
