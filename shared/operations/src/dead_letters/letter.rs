//! How a dead letter appears in responses and in the audit.

use contracts::convert::timestamp;
use contracts::operations::v1;
use messaging::DeadLetter;
use serde_json::json;

/// Bytes of a body that are returned and recorded. The bodies of our messages are far shorter.
const MAX_BODY: usize = 64 * 1024;

/// An entry of a list, without the body.
pub(super) fn summary(letter: DeadLetter) -> v1::DeadLetter {
    let envelope = letter.envelope.ok();
    let (message_type, subject, traceparent) = match envelope {
        Some(envelope) => (
            envelope.message_type,
            envelope.subject,
            envelope
                .trace
                .map(|trace| trace.traceparent)
                .unwrap_or_default(),
        ),
        None => Default::default(),
    };
    v1::DeadLetter {
        id: letter.id.to_string(),
        r#type: message_type,
        subject,
        error: letter.error,
        failed_at: letter.failed_at.map(timestamp),
        attempts: letter.attempts,
        data: String::new(),
        traceparent,
    }
}

/// The letter with its body.
pub(super) fn with_body(letter: DeadLetter) -> v1::DeadLetter {
    let data = body(&letter);
    v1::DeadLetter {
        data,
        ..summary(letter)
    }
}

/// The audit's detail of a redrive.
pub(super) fn record(letter: &DeadLetter, queue: &str) -> String {
    attributes(letter, queue).to_string()
}

/// The audit's detail of a drop: the only copy that remains. Messages contain no personal data
/// (names, addresses, e-mails, cards) by design, so it may be kept.
pub(super) fn record_with_body(letter: &DeadLetter, queue: &str) -> String {
    let mut record = attributes(letter, queue);
    if let Some(object) = record.as_object_mut() {
        object.insert("data".to_owned(), body(letter).into());
    }
    record.to_string()
}

/// The audit's detail of a redrive of all letters.
pub(super) fn record_of_all(count: u64, queue: &str) -> String {
    json!({ "queue": queue, "dead_letters": count }).to_string()
}

fn attributes(letter: &DeadLetter, queue: &str) -> serde_json::Value {
    let envelope = letter.envelope.as_ref().ok();
    json!({
        "queue": queue,
        "id": letter.id,
        "type": envelope.map(|envelope| &envelope.message_type),
        "source": envelope.map(|envelope| &envelope.source),
        "subject": envelope.map(|envelope| &envelope.subject),
        "time": envelope.map(|envelope| envelope.time.to_rfc3339()),
        "traceparent": envelope.and_then(|envelope| Some(&envelope.trace.as_ref()?.traceparent)),
        "error": letter.error,
        "failed_at": letter.failed_at.map(|at| at.to_rfc3339()),
        "attempts": letter.attempts,
    })
}

fn body(letter: &DeadLetter) -> String {
    let kept = letter.data.get(..MAX_BODY).unwrap_or(&letter.data);
    String::from_utf8_lossy(kept).into_owned()
}
