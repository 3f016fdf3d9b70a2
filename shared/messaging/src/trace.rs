//! The seam to distributed tracing. This crate does not know OpenTelemetry; the
//! process that does wires it up once, in one line:
//! `messaging::trace::install(current_traceparent, set_parent)`.

use std::sync::OnceLock;

use tracing::Span;

struct Seam {
    current_traceparent: fn() -> Option<String>,
    set_parent: fn(&Span, &str),
}

static SEAM: OnceLock<Seam> = OnceLock::new();

/// Tells how to read the current span's W3C `traceparent` and how to make a remote
/// one a span's parent. The first call of a process counts; without one, messages
/// carry no trace context.
pub fn install(current_traceparent: fn() -> Option<String>, set_parent: fn(&Span, &str)) {
    let _ = SEAM.set(Seam {
        current_traceparent,
        set_parent,
    });
}

/// The W3C `traceparent` of the current span, for the message being written.
pub fn current_traceparent() -> Option<String> {
    SEAM.get().and_then(|seam| (seam.current_traceparent)())
}

/// Makes the sender's span the parent of `span`.
pub fn set_parent(span: &Span, traceparent: &str) {
    if let Some(seam) = SEAM.get() {
        (seam.set_parent)(span, traceparent);
    }
}
