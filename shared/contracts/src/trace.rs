//! W3C trace context, as it travels with whatever continues a trace: in the headers of a request or
//! of a message, and in stored rows that are worked on later.
//!
//! Crates that write and handle messages do not know OpenTelemetry. They read and set contexts by the
//! functions here, which `chassis` implements: its `telemetry::init` installs the [`Hooks`].

use std::sync::OnceLock;

use tracing::Span;

/// Longer notes than what the specification asks to pass on are left behind.
const LONGEST_STATE: usize = 512;

/// The correlation field: the attribute of spans and the field of log lines that all processes give to
/// what belongs to one order, whatever its trace.
pub const CORRELATION: &str = "order_id";

/// The span that something continues.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// `00-<trace id>-<span id>-<flags>`. Whoever uses it ignores one that is malformed.
    pub traceparent: String,
    /// What tracing systems on the way noted for themselves; never read, passed on as it is.
    pub tracestate: Option<String>,
}

impl TraceContext {
    /// From the headers of a request, of which `tracestate` may come several times.
    pub fn from_headers<'a>(
        traceparent: Option<&'a str>,
        tracestate: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let traceparent = traceparent?.to_owned();
        let state: Vec<&str> = tracestate.into_iter().collect();
        Some(Self::of(traceparent, Some(state.join(","))))
    }

    /// From what was stored, where both may be missing.
    pub fn from_stored(traceparent: Option<String>, tracestate: Option<String>) -> Option<Self> {
        Some(Self::of(traceparent?, tracestate))
    }

    fn of(traceparent: String, tracestate: Option<String>) -> Self {
        let fits = |state: &String| !state.is_empty() && state.len() <= LONGEST_STATE;
        Self {
            traceparent,
            tracestate: tracestate.filter(fits),
        }
    }

    /// Both as they are stored.
    pub fn into_stored(context: Option<Self>) -> (Option<String>, Option<String>) {
        match context {
            Some(context) => (Some(context.traceparent), context.tracestate),
            None => (None, None),
        }
    }

    /// Whether the trace is recorded, as far as its sender knows.
    pub fn is_sampled(&self) -> bool {
        let flags = self.traceparent.split('-').nth(3);
        let flags = flags.and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1)
    }
}

/// What the tracing of a process can do.
#[derive(Debug, Clone, Copy)]
pub struct Hooks {
    /// See [`current`].
    pub current: fn() -> Option<TraceContext>,
    /// See [`context_of`].
    pub context_of: fn(&Span) -> Option<TraceContext>,
    /// See [`set_parent`].
    pub set_parent: fn(&Span, &TraceContext),
    /// See [`link`].
    pub link: fn(&Span, &TraceContext),
}

static HOOKS: OnceLock<Hooks> = OnceLock::new();

/// Sets the hooks of this process. The first call counts; without one, messages carry no trace context.
pub fn install(hooks: Hooks) {
    let _installed_before = HOOKS.set(hooks);
}

/// The trace context of the current span, for the message being written.
pub fn current() -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| (hooks.current)())
}

/// The trace context of `span`, if it is traced. The span begins at the latest now: set its parent and
/// links before.
pub fn context_of(span: &Span) -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| (hooks.context_of)(span))
}

/// Makes the sender's span the parent of `span`, which must not have been entered yet.
pub fn set_parent(span: &Span, sender: &TraceContext) {
    if let Some(hooks) = HOOKS.get() {
        (hooks.set_parent)(span, sender);
    }
}

/// Links `span`, which joins several traces, to one of them.
pub fn link(span: &Span, to: &TraceContext) {
    if let Some(hooks) = HOOKS.get() {
        (hooks.link)(span, to);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_last_bit_of_the_flags_says_whether_a_trace_is_recorded() {
        let is_sampled = |text: &str| {
            TraceContext::from_headers(Some(text), [])
                .unwrap()
                .is_sampled()
        };
        assert!(is_sampled(SAMPLED));
        assert!(is_sampled(&SAMPLED.replace("-01", "-03")));
        assert!(!is_sampled(&SAMPLED.replace("-01", "-02")));
        assert!(!is_sampled("hello") && !is_sampled("") && !is_sampled("00-1-2-zz"));
    }

    #[test]
    fn the_state_is_joined_passed_on_and_bounded() {
        let with = |state: &[&'static str]| {
            let context = TraceContext::from_headers(Some(SAMPLED), state.iter().copied());
            context.unwrap().tracestate
        };
        assert_eq!(Some("a=1,b=2".to_owned()), with(&["a=1", "b=2"]));
        assert_eq!(None, with(&[]));
        let long = "x".repeat(LONGEST_STATE + 1);
        let context = TraceContext::from_stored(Some(SAMPLED.to_owned()), Some(long)).unwrap();
        assert_eq!(None, context.tracestate);
        assert_eq!(None, TraceContext::from_headers(None, ["a=1"]));
    }
}
