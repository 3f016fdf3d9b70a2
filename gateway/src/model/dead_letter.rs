use chrono::{DateTime, Utc};
use contracts::operations::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::convert::{optional_text, optional_time};

/// The reason of an operator action.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionReason {
    /// Stored in the audit log.
    #[schema(example = "the provider fixed its API", format = "reason")]
    pub(crate) reason: String,
}

/// A message that its consumer failed to handle.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// The message's id, or one derived from its data.
    #[schema(example = "0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f")]
    pub(crate) id: String,
    /// The message type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(example = "payment.authorize.v1")]
    pub(crate) kind: Option<String>,
    /// The subject, usually an order id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f")]
    pub(crate) subject: Option<String>,
    /// The error of the last attempt.
    #[schema(example = "the ledger account does not exist")]
    pub(crate) error: String,
    /// When the consumer gave up; absent if the broker dead-lettered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_at: Option<DateTime<Utc>>,
    /// Number of attempts.
    pub(crate) attempts: u32,
    /// The data as published, at most 64 KiB; absent in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "{\"order_id\":\"0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f\"}")]
    pub(crate) data: Option<String>,
    /// W3C traceparent of the publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    pub(crate) traceparent: Option<String>,
}

/// The oldest dead letters of a service.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetters {
    /// Oldest first.
    #[serde(rename = "items")]
    pub(crate) dead_letters: Vec<DeadLetter>,
    /// Number of dead letters of the service.
    pub(crate) total: u64,
}

/// Result of redriving all dead letters.
#[derive(Serialize, ToSchema)]
pub(crate) struct Redriven {
    /// Number of redriven dead letters.
    pub(crate) redriven: u64,
}

impl From<v1::DeadLetter> for DeadLetter {
    fn from(letter: v1::DeadLetter) -> Self {
        Self {
            id: letter.id,
            kind: optional_text(letter.r#type),
            subject: optional_text(letter.subject),
            error: letter.error,
            failed_at: optional_time(letter.failed_at),
            attempts: letter.attempts,
            data: optional_text(letter.data),
            traceparent: optional_text(letter.traceparent),
        }
    }
}

impl From<v1::ListDeadLettersResponse> for DeadLetters {
    fn from(reply: v1::ListDeadLettersResponse) -> Self {
        Self {
            dead_letters: reply.dead_letters.into_iter().map(Into::into).collect(),
            total: reply.total,
        }
    }
}
