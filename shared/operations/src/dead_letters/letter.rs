//! Dead letters on the wire and in the audit.

use contracts::convert::timestamp;
use contracts::operations::v1;
use messaging::DeadLetter;
use serde_json::json;

/// Bytes of a body that are shown and kept. Ours are far below; what is longer is not ours.
const LONGEST_BODY: usize = 64 * 1024;

/// For a list: without its contents.
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

/// With its contents.
pub(super) fn whole(letter: DeadLetter) -> v1::DeadLetter {
    let data = body(&letter);
    v1::DeadLetter {
        data,
        ..summary(letter)
    }
}

/// For the audit of what keeps the letter.
pub(super) fn without_contents(letter: &DeadLetter, queue: &str) -> String {
    noted(letter, queue).to_string()
}

/// For the audit of what ends the letter: all that is left of it. Messages hold no personal data
/// (names, addresses, e-mails, cards) by design, so this copy may stay.
pub(super) fn with_contents(letter: &DeadLetter, queue: &str) -> String {
    let mut noted = noted(letter, queue);
    if let Some(object) = noted.as_object_mut() {
        object.insert("data".to_owned(), body(letter).into());
    }
    noted.to_string()
}

/// For the audit of what is done to all of them.
pub(super) fn all(count: u64, queue: &str) -> String {
    json!({ "queue": queue, "dead_letters": count }).to_string()
}

fn noted(letter: &DeadLetter, queue: &str) -> serde_json::Value {
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
    let shown = letter.data.get(..LONGEST_BODY).unwrap_or(&letter.data);
    String::from_utf8_lossy(shown).into_owned()
}
