//! A message that nobody could handle, as an operator sees it.

use chrono::{DateTime, Utc};
use lapin::message::BasicGetMessage;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::envelope::Envelope;
use crate::headers;

/// A message that nobody could handle, and why.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The message's CloudEvents id, or else its AMQP message id. What has neither gets an id that
    /// is derived from its contents (UUIDv8), so that every letter can be named; equal contents
    /// have the same one.
    pub id: Uuid,
    /// The message, or what it lacks to be one.
    pub envelope: Result<Envelope, String>,
    /// The body, whatever it is.
    pub data: Vec<u8>,
    /// What the handler said.
    pub error: String,
    /// When it was given up; absent if the broker itself did.
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

/// Only the body: headers change when the broker moves a message.
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
    fn the_same_contents_have_the_same_id() {
        assert_eq!(derived(b"hello"), derived(b"hello"));
        assert_ne!(derived(b"hello"), derived(b""));
        assert_eq!(8, derived(b"hello").get_version_num());
    }
}
