//! The span of handling a message, with the names of OpenTelemetry's messaging conventions.

use contracts::trace;
use tracing::{Span, field};

use crate::envelope::Envelope;

/// In the trace of whoever sent the message, however late and however often it is handled. `attempt`
/// is which delivery this is, from 1, where that is known.
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
