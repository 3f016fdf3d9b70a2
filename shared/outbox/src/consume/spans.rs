//! The spans of a consumer, named after OpenTelemetry's messaging conventions.

use contracts::trace;
use tracing::Span;

use crate::incoming::Message;

/// The span of a commit that several messages share. It has its own trace and links to each of theirs.
/// Disabled if none of them is recorded.
pub(crate) fn commit(queue: &str, messages: &[Message]) -> Span {
    let senders = messages
        .iter()
        .filter_map(|message| message.envelope.trace.as_ref());
    let mut senders = senders.filter(|sender| sender.is_sampled()).peekable();
    if senders.peek().is_none() {
        return Span::none();
    }
    let span = tracing::debug_span!(
        parent: None,
        "commit",
        otel.name = format!("commit {queue}"),
        messaging.system = "rabbitmq",
        messaging.destination.name = queue,
        messaging.batch.message_count = messages.len(),
    );
    for sender in senders {
        trace::link(&span, sender);
    }
    span
}

/// Records a failure on a span.
pub(crate) fn failed(span: &Span, error_type: &'static str) {
    span.record("error.type", error_type);
    span.record("otel.status_code", "ERROR");
}
