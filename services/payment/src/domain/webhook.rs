//! Webhooks of the provider: who speaks, and about what. Nothing more of an event is believed.
//!
//! The header `Stripe-Signature` is `t=<unix time>,v1=<hex>,v1=<hex>,..`. A `v1` is the HMAC-SHA256
//! of `<t>.<body>` under a signing secret; while a secret is being replaced there is one for each.
//! Other schemes (`v0`) are made to be ignored.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{PaymentId, RefundId};
use serde::Deserialize;
use sha2::Sha256;

/// The header is short; a longer one is an attempt to keep us busy.
const HEADER_LIMIT: usize = 2048;
/// Signatures that are compared at most.
const SIGNATURES: usize = 16;
/// Characters of the ids and types that we keep.
const NAME_LIMIT: usize = 255;

/// Why a webhook is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadWebhook {
    /// Without a time or a `v1` signature, or not readable.
    #[error("the signature header is malformed")]
    Malformed,
    /// Signed too long ago, or in the future: perhaps recorded and sent again.
    #[error("the signature is too old or too new")]
    Time,
    /// None of the signatures is by one of our secrets, or the body was changed.
    #[error("no signature matches")]
    Signature,
    /// Signed, but not an event.
    #[error("the payload is not an event")]
    Payload,
}

/// Checks that `payload` was signed with one of `secrets` not longer than `tolerance` ago, nor that
/// far in the future.
pub(crate) fn verify(
    payload: &[u8],
    header: &str,
    secrets: &[&str],
    tolerance: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), BadWebhook> {
    if header.len() > HEADER_LIMIT {
        return Err(BadWebhook::Malformed);
    }
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            // Two times would leave open which one was signed.
            Some(("t", _)) if time.is_some() => return Err(BadWebhook::Malformed),
            Some(("t", text)) => time = Some(text),
            Some(("v1", hex)) if signatures.len() < SIGNATURES => signatures.extend(bytes(hex)),
            _ => {}
        }
    }
    // The text of the time is part of what was signed.
    let time = time.ok_or(BadWebhook::Malformed)?;
    let seconds = unix_time(time).ok_or(BadWebhook::Malformed)?;
    if signatures.is_empty() {
        return Err(BadWebhook::Malformed);
    }
    let matches = secrets.iter().any(|secret| {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return false;
        };
        let mac = mac
            .chain_update(time.as_bytes())
            .chain_update(b".")
            .chain_update(payload);
        // Compared in constant time.
        signatures
            .iter()
            .any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    if !matches {
        return Err(BadWebhook::Signature);
    }
    let signed = DateTime::from_timestamp(seconds, 0).ok_or(BadWebhook::Malformed)?;
    if (now - signed).abs() > tolerance {
        return Err(BadWebhook::Time);
    }
    Ok(())
}

fn unix_time(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The 32 bytes that a signature has, or nothing.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let hex = hex.as_bytes();
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A payment intent.
    Intent {
        reference: String,
        payment_id: PaymentId,
    },
    /// A refund.
    Refund {
        reference: String,
        refund_id: RefundId,
    },
    /// Something that was not made by us: without our ids in its metadata.
    Strange,
    /// Something else than intents and refunds.
    Other,
}

/// An event of the provider. It is only a hint: a lookup reads what has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// The provider's own id of it.
    pub(crate) id: String,
    /// `payment_intent.canceled`.
    pub(crate) kind: String,
    pub(crate) subject: Subject,
}

#[derive(Deserialize)]
struct Body {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    id: String,
    object: String,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    payment_id: Option<String>,
    #[serde(default)]
    refund_id: Option<String>,
}

/// Reads a verified payload.
pub(crate) fn event(payload: &[u8]) -> Result<Event, BadWebhook> {
    let body: Body = serde_json::from_slice(payload).map_err(|_| BadWebhook::Payload)?;
    let named = [&body.id, &body.kind, &body.data.object.id];
    if body.id.is_empty() || named.iter().any(|name| !is_name(name)) {
        return Err(BadWebhook::Payload);
    }
    let object = body.data.object;
    let metadata = object.metadata.unwrap_or_default();
    let payment_id = metadata.payment_id.and_then(|id| id.parse().ok());
    let refund_id = metadata.refund_id.and_then(|id| id.parse().ok());
    let subject = match (object.object.as_str(), payment_id, refund_id) {
        ("payment_intent", Some(payment_id), _) if object.id.starts_with("pi_") => {
            Subject::Intent {
                reference: object.id,
                payment_id,
            }
        }
        ("refund", _, Some(refund_id)) if object.id.starts_with("re_") => Subject::Refund {
            reference: object.id,
            refund_id,
        },
        ("payment_intent" | "refund", _, _) => Subject::Strange,
        _ => Subject::Other,
    };
    Ok(Event {
        id: body.id,
        kind: body.kind,
        subject,
    })
}

/// Fit for the database, for a log and for a path.
fn is_name(text: &str) -> bool {
    text.len() <= NAME_LIMIT
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests;
