//! The spans of a consumer, with the names of OpenTelemetry's messaging conventions.

use contracts::trace;
use tracing::Span;

use crate::incoming::Message;

/// Of a commit that several messages share: it belongs to none of their traces, and links to each.
/// Disabled when none of them is recorded.
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

/// Says on a span of handling that it failed.
pub(crate) fn failed(span: &Span, error_type: &'static str) {
    span.record("error.type", error_type);
    span.record("otel.status_code", "ERROR");
}
