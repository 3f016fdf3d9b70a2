//! The seam to distributed tracing. This crate does not know OpenTelemetry; the process that does
//! wires it up once, with `messaging::trace::install`.

use std::sync::OnceLock;

use contracts::TraceContext;
use tracing::Span;

/// What a process that knows tracing can do.
#[derive(Debug, Clone, Copy)]
pub struct Seam {
    /// The context of the current span.
    pub current: fn() -> Option<TraceContext>,
    /// The context of a span, which begins by that.
    pub context_of: fn(&Span) -> Option<TraceContext>,
    /// Makes a remote span the parent of a new one.
    pub set_parent: fn(&Span, &TraceContext),
    /// Links a new span to a remote one.
    pub link: fn(&Span, &TraceContext),
}

static SEAM: OnceLock<Seam> = OnceLock::new();

/// Tells how to trace. The first call of a process counts; without one, messages carry no trace
/// context.
pub fn install(seam: Seam) {
    let _ = SEAM.set(seam);
}

/// The trace context of the current span, for the message being written.
pub fn current() -> Option<TraceContext> {
    SEAM.get().and_then(|seam| (seam.current)())
}

/// The trace context of `span`, if it is traced. Its parent and links must be set before.
pub fn context_of(span: &Span) -> Option<TraceContext> {
    SEAM.get().and_then(|seam| (seam.context_of)(span))
}

/// Makes the sender's span the parent of `span`.
pub fn set_parent(span: &Span, sender: &TraceContext) {
    if let Some(seam) = SEAM.get() {
        (seam.set_parent)(span, sender);
    }
}

/// Links `span`, which joins several traces, to one of them.
pub fn link(span: &Span, to: &TraceContext) {
    if let Some(seam) = SEAM.get() {
        (seam.link)(span, to);
    }
}
