//! The spans of a batch: one per message, in the message's trace, and one for the batch.

use contracts::{TraceContext, trace};
use instruments::LabelType;
use tracing::{Span, field};

use super::{Outgoing, outcome};
use crate::error::PublishError;
use crate::metrics::Published;

/// The spans of one batch. Spans that would not be recorded are disabled.
pub(super) struct Sending {
    /// Covers the time until the confirms: the span of the message if it is alone, else a span of
    /// the batch, which has its own trace and links to each message.
    pub(super) span: Span,
    /// One per message, disabled if its trace is not recorded.
    pub(super) messages: Vec<Span>,
    /// The trace context that each message carries to its receivers.
    pub(super) contexts: Vec<Option<TraceContext>>,
}

impl Sending {
    pub(super) fn of(batch: &[Outgoing]) -> Self {
        let messages: Vec<Span> = batch.iter().map(message).collect();
        let own: Vec<Option<TraceContext>> = messages.iter().map(trace::context_of).collect();
        let span = match (messages.as_slice(), own.iter().any(Option::is_some)) {
            ([alone], true) => alone.clone(),
            (_, true) => together(&own),
            (_, false) => Span::none(),
        };
        let stored = batch.iter().map(|outgoing| outgoing.envelope.trace.clone());
        let contexts = own.into_iter().zip(stored);
        Self {
            span,
            messages,
            contexts: contexts.map(|(own, stored)| own.or(stored)).collect(),
        }
    }
}

/// A child of the span that wrote the message, and the parent of the spans that handle it.
fn message(outgoing: &Outgoing) -> Span {
    let envelope = &outgoing.envelope;
    let Some(written_by) = envelope.trace.as_ref().filter(|trace| trace.is_sampled()) else {
        return Span::none();
    };
    let destination = format!("{}:{}", outgoing.exchange, envelope.message_type);
    let span = tracing::debug_span!(
        parent: None,
        "publish",
        otel.name = format!("publish {destination}"),
        otel.kind = "producer",
        otel.status_code = field::Empty,
        messaging.system = "rabbitmq",
        messaging.operation.name = "publish",
        messaging.operation.type = "send",
        messaging.destination.name = destination,
        messaging.rabbitmq.destination.routing_key = envelope.message_type,
        messaging.message.id = %envelope.id,
        messaging.message.body.size = envelope.data.len(),
        error.type = field::Empty,
        { contracts::CORRELATION } = envelope.correlation_id(),
    );
    trace::set_parent(&span, written_by);
    span
}

fn together(messages: &[Option<TraceContext>]) -> Span {
    let span = tracing::debug_span!(
        parent: None,
        "publish batch",
        otel.kind = "client",
        messaging.system = "rabbitmq",
        messaging.operation.name = "publish",
        messaging.operation.type = "send",
        messaging.batch.message_count = messages.len(),
    );
    for message in messages.iter().flatten() {
        trace::link(&span, message);
    }
    span
}

/// Records the result of a message; its span ends when it is dropped.
pub(super) fn finish(span: &Span, result: &Result<(), PublishError>) {
    if result.is_err() {
        span.record("error.type", Published::text(outcome(result)));
        span.record("otel.status_code", "ERROR");
    }
}
