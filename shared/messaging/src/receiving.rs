//! The span of handling a message, named after OpenTelemetry's messaging conventions.

use contracts::trace;
use tracing::{Span, field};

use crate::envelope::Envelope;

/// The span continues the trace of the sender, for every try. `attempt` counts tries from 1, where
/// they are counted.
pub fn process_span(queue: &str, envelope: &Envelope, attempt: Option<u32>) -> Span {
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
        { contracts::CORRELATION } = envelope.correlation_id(),
    );
    if let Some(sender) = &envelope.trace {
        trace::set_parent(&span, sender);
    }
    span
}
