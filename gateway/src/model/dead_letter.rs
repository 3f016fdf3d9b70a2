use chrono::{DateTime, Utc};
use contracts::operations::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::convert::{maybe_time, some_text};

/// Why somebody does by hand what the shop does not do by itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// For the audit.
    #[schema(
        example = "the provider has fixed its API",
        min_length = 1,
        max_length = 500
    )]
    pub(crate) reason: String,
}

/// A message that nobody could handle.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// The message's id, or one that is derived from its contents.
    pub(crate) id: String,
    /// What kind of message it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(example = "payment.authorize.v1")]
    pub(crate) kind: Option<String>,
    /// What it is about, most often an order's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// What its handler said.
    pub(crate) error: String,
    /// When it was given up; absent if the broker did so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// Its contents as they were sent, at most 64 KiB; absent in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
    /// W3C traceparent of who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) traceparent: Option<String>,
}

/// The oldest dead letters of a service.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetters {
    /// Oldest first.
    pub(crate) dead_letters: Vec<DeadLetter>,
    /// How many there are.
    pub(crate) total: u64,
}

/// What became of sending all dead letters back.
#[derive(Serialize, ToSchema)]
pub(crate) struct Redriven {
    /// How many were sent back.
    pub(crate) redriven: u64,
}

impl From<v1::DeadLetter> for DeadLetter {
    fn from(letter: v1::DeadLetter) -> Self {
        Self {
            id: letter.id,
            kind: some_text(letter.r#type),
            subject: some_text(letter.subject),
            error: letter.error,
            failed_at: maybe_time(letter.failed_at),
            attempts: letter.attempts,
            data: some_text(letter.data),
            traceparent: some_text(letter.traceparent),
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
