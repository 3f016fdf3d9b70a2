//! The spans of a consumer, with the names of OpenTelemetry's messaging conventions.

use messaging::{Envelope, trace};
use tracing::{Span, field};

/// Of handling one message: in the trace of whoever sent it, however late and however often.
pub(crate) fn process(queue: &str, envelope: &Envelope, attempt: u32) -> Span {
    let destination = format!("{}:{queue}", envelope.message_type);
    let span = tracing::info_span!(
        parent: None,
        "process",
        otel.name = format!("process {destination}"),
        otel.kind = "consumer",
        otel.status_code = field::Empty,
        messaging.system = "rabbitmq",
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.name = destination,
        messaging.rabbitmq.destination.routing_key = envelope.message_type,
        messaging.message.id = %envelope.id,
        messaging.message.body.size = envelope.data.len(),
        attempt,
        error.type = field::Empty,
        order_id = envelope.order_id(),
    );
    if let Some(sender) = &envelope.trace {
        trace::set_parent(&span, sender);
    }
    span
}

/// Of a commit that several messages share: it belongs to none of their traces, and links to each.
/// Disabled when none of them is recorded.
pub(crate) fn commit(queue: &str, envelopes: &[Envelope]) -> Span {
    let senders = envelopes.iter().filter_map(|envelope| envelope.trace.as_ref());
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
        messaging.batch.message_count = envelopes.len(),
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
