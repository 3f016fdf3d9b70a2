//! The W3C trace context in the headers of requests and messages, and in stored rows that are worked
//! on later.
//!
//! Crates that write and handle messages do not depend on OpenTelemetry. They use the functions here,
//! which `chassis` implements: its `telemetry::init` installs the [`Hooks`].

use std::sync::OnceLock;

use tracing::Span;

/// A longer `tracestate` is dropped. The specification requires that at least this length is passed on.
const MAX_STATE: usize = 512;

/// The correlation field of spans and log lines: all processes set it for work on an order, in any
/// trace.
pub const CORRELATION: &str = "order_id";

/// The span that a request, a message or a row continues.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// `00-<trace id>-<span id>-<flags>`. The user ignores a malformed value.
    pub traceparent: String,
    /// State of other tracing systems; passed on unchanged.
    pub tracestate: Option<String>,
}

impl TraceContext {
    /// From the headers of a request; `tracestate` may occur several times.
    pub fn from_headers<'a>(
        traceparent: Option<&'a str>,
        tracestate: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let traceparent = traceparent?.to_owned();
        let state: Vec<&str> = tracestate.into_iter().collect();
        Some(Self::of(traceparent, Some(state.join(","))))
    }

    /// From stored columns, which may be null.
    pub fn from_stored(traceparent: Option<String>, tracestate: Option<String>) -> Option<Self> {
        Some(Self::of(traceparent?, tracestate))
    }

    fn of(traceparent: String, tracestate: Option<String>) -> Self {
        let fits = |state: &String| !state.is_empty() && state.len() <= MAX_STATE;
        Self {
            traceparent,
            tracestate: tracestate.filter(fits),
        }
    }

    /// Both values for storage.
    pub fn into_stored(context: Option<Self>) -> (Option<String>, Option<String>) {
        match context {
            Some(context) => (Some(context.traceparent), context.tracestate),
            None => (None, None),
        }
    }

    /// Whether the sender recorded the trace.
    pub fn is_sampled(&self) -> bool {
        let flags = self.traceparent.split('-').nth(3);
        let flags = flags.and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1)
    }
}

/// The implementation of the functions of this module.
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

/// Installs the hooks of this process. Later calls have no effect. Without hooks, messages have no
/// trace context.
pub fn install(hooks: Hooks) {
    let _already_installed = HOOKS.set(hooks);
}

/// The trace context of the current span, to send it with a message.
pub fn current() -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| (hooks.current)())
}

/// The trace context of `span`, if it is traced. Set its parent and links first: this call begins the
/// span.
pub fn context_of(span: &Span) -> Option<TraceContext> {
    HOOKS.get().and_then(|hooks| (hooks.context_of)(span))
}

/// Makes the sender's span the parent of `span`, which must not have been entered yet.
pub fn set_parent(span: &Span, sender: &TraceContext) {
    if let Some(hooks) = HOOKS.get() {
        (hooks.set_parent)(span, sender);
    }
}

/// Links `span` to a span of another trace.
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
    fn the_last_bit_of_the_flags_is_the_sampling_decision() {
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
        let long = "x".repeat(MAX_STATE + 1);
        let context = TraceContext::from_stored(Some(SAMPLED.to_owned()), Some(long)).unwrap();
        assert_eq!(None, context.tracestate);
        assert_eq!(None, TraceContext::from_headers(None, ["a=1"]));
    }
}
