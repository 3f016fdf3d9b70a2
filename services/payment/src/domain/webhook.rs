//! Webhooks: the signature proves the sender, and the event names its subject. Nothing else of an event is
//! trusted.
//!
//! The header `Stripe-Signature` is `t=<unix time>,v1=<hex>,v1=<hex>,..`. A `v1` is the HMAC-SHA256
//! of `<t>.<body>` under a signing secret; while a secret is being replaced, there is one `v1` for each.
//! Other schemes (`v0`) are ignored. See <https://docs.stripe.com/webhooks#verify-manually>.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{PaymentId, RefundId};
use serde::Deserialize;
use sha2::Sha256;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

/// Bytes of the longest header; a longer one is an attempt to waste our time.
const HEADER_LIMIT: usize = 2048;
/// Most signatures that are compared.
const MAX_SIGNATURES: usize = 16;
/// Bytes of the longest id or type that is stored.
const NAME_LIMIT: usize = 255;

/// Why a webhook is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadWebhook {
    /// It has no time or no `v1` signature, or does not parse.
    #[error("the signature header is malformed")]
    Malformed,
    /// It was signed too long ago or in the future, so it may be replayed.
    #[error("the signature is too old or too new")]
    Time,
    /// No signature matches one of our secrets and the body.
    #[error("no signature matches")]
    Signature,
}

/// What is wrong with a signed payload that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUnderstood {
    /// It is not JSON, or a field that every event has is missing or has another type.
    #[error("it is not an event: {0}")]
    NotAnEvent(String),
    /// An id or a type is empty, too long, or has characters that the provider does not use.
    #[error("`{0}` is empty, too long, or has unexpected characters")]
    Name(&'static str),
}

/// Checks that `payload` was signed with one of `secrets`, and that the time of the signature differs from
/// `now` by at most `tolerance`.
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
            // With two times it would be ambiguous which one was signed.
            Some(("t", _)) if time.is_some() => return Err(BadWebhook::Malformed),
            Some(("t", text)) => time = Some(text),
            Some(("v1", hex)) if signatures.len() < MAX_SIGNATURES => signatures.extend(bytes(hex)),
            _ => {}
        }
    }
    // The signed text contains the time as written, so the text is kept.
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
        // `verify_slice` compares in constant time.
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

/// The 32 bytes of a signature; `None` if it is malformed.
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

/// The subject of an event.
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
    /// An intent or a refund without our ids in its metadata, so not created by us.
    Foreign,
    /// Neither an intent nor a refund.
    Other,
}

/// An event of the provider. It only triggers a lookup, which reads what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// The provider's id of the event.
    pub(crate) id: String,
    /// For example `payment_intent.canceled`.
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
    /// Some objects have none, for example a balance.
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    object: Option<String>,
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
///
/// # Errors
/// It is not understood. To send it again would not help.
pub(crate) fn event(payload: &[u8]) -> Result<Event, NotUnderstood> {
    let body: Body = serde_json::from_slice(payload)
        // The message quotes the payload, which may be long.
        .map_err(|error| {
            error
                .to_string()
                .chars()
                .take(NAME_LIMIT)
                .collect::<String>()
        })
        .map_err(NotUnderstood::NotAnEvent)?;
    let object = body.data.object;
    let reference = object.id.unwrap_or_default();
    let names = [
        ("id", &body.id, false),
        ("type", &body.kind, false),
        ("data.object.id", &reference, true),
    ];
    for (field, name, may_be_empty) in names {
        if !is_name(name) || (name.is_empty() && !may_be_empty) {
            return Err(NotUnderstood::Name(field));
        }
    }
    let metadata = object.metadata.unwrap_or_default();
    let payment_id = metadata.payment_id.and_then(|id| id.parse().ok());
    let refund_id = metadata.refund_id.and_then(|id| id.parse().ok());
    let kind = object.object.as_deref().unwrap_or_default();
    let subject = match (kind, payment_id, refund_id) {
        ("payment_intent", Some(payment_id), _) if reference.starts_with("pi_") => {
            Subject::Intent {
                reference,
                payment_id,
            }
        }
        ("refund", _, Some(refund_id)) if reference.starts_with("re_") => Subject::Refund {
            reference,
            refund_id,
        },
        ("payment_intent" | "refund", _, _) => Subject::Foreign,
        _ => Subject::Other,
    };
    Ok(Event {
        id: body.id,
        kind: body.kind,
        subject,
    })
}

/// Whether the text is safe in the database, in a log and in a URL path.
fn is_name(text: &str) -> bool {
    text.len() <= NAME_LIMIT
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests;
