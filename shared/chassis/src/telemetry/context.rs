//! The W3C trace context of spans: reading, writing, setting parents and links.

use std::str::FromStr;

use contracts::TraceContext;
use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, get_active_span,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

pub(super) fn current() -> Option<TraceContext> {
    with_current(written)
}

pub(super) fn of(span: &Span) -> Option<TraceContext> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| written(context))
}

pub(super) fn current_trace_id() -> Option<String> {
    with_current(|span| span.trace_id().to_string())
}

pub(super) fn recorded_trace_id() -> Option<u128> {
    let id = |span: &SpanContext| u128::from_be_bytes(span.trace_id().to_bytes());
    with_current(|span| span.is_sampled().then(|| id(span))).flatten()
}

/// The ids of the current span, for the log.
pub(super) fn current_ids() -> Option<(String, String)> {
    with_current(|span| (span.trace_id().to_string(), span.span_id().to_string()))
}

/// Whether the current span belongs to a trace that is not recorded.
pub(super) fn is_unrecorded() -> bool {
    with_current(|span| !span.is_sampled()).unwrap_or(false)
}

fn with_current<T>(read: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    get_active_span(|span| {
        let context = span.span_context();
        context.is_valid().then(|| read(context))
    })
}

pub(super) fn set_parent(span: &Span, parent: &TraceContext) {
    if let Some(parent) = read(parent) {
        // Fails without the trace layer, which only happens in tests.
        let _no_layer = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

pub(super) fn link(span: &Span, to: &TraceContext) {
    if let Some(to) = read(to) {
        span.add_link(to);
    }
}

pub(super) fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

pub(super) fn in_headers(headers: &HeaderMap) -> Option<TraceContext> {
    let parent = headers.get(TRACEPARENT)?.to_str().ok();
    let states = headers.get_all(TRACESTATE).iter();
    TraceContext::from_headers(parent, states.filter_map(|state| state.to_str().ok()))
}

pub(super) fn put(headers: &mut HeaderMap) {
    let (parent, state) = TraceContext::into_stored(current());
    for (name, value) in [(TRACEPARENT, parent), (TRACESTATE, state)] {
        if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
            headers.insert(name, value);
        }
    }
}

fn written(context: &SpanContext) -> TraceContext {
    let (trace, span) = (context.trace_id(), context.span_id());
    let state = context.trace_state().header();
    TraceContext {
        traceparent: format!("00-{trace}-{span}-{:02x}", context.trace_flags().to_u8()),
        tracestate: (!state.is_empty()).then_some(state),
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may append more. A malformed state is dropped, as
/// the specification requires.
fn read(context: &TraceContext) -> Option<SpanContext> {
    let mut parts = context.traceparent.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = (version.len(), trace.len(), span.len(), flags.len());
    if lengths != (2, 32, 16, 2) || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let state = context.tracestate.as_deref().map(TraceState::from_str);
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        state.and_then(Result::ok).unwrap_or_default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn context(traceparent: &str, tracestate: Option<&str>) -> TraceContext {
        TraceContext {
            traceparent: traceparent.to_owned(),
            tracestate: tracestate.map(str::to_owned),
        }
    }

    #[test]
    fn a_context_survives_reading_and_writing() {
        for state in [None, Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")] {
            let context = context(GOOD, state);
            assert_eq!(context, written(&read(&context).unwrap()));
        }
    }

    #[test]
    fn the_states_of_several_headers_are_joined() {
        let mut headers = HeaderMap::new();
        assert_eq!(in_headers(&headers), None);
        headers.insert(TRACEPARENT, HeaderValue::from_static(GOOD));
        headers.append(TRACESTATE, HeaderValue::from_static("a=1"));
        headers.append(TRACESTATE, HeaderValue::from_static("b=2"));
        assert_eq!(in_headers(&headers), Some(context(GOOD, Some("a=1,b=2"))));
    }

    #[test]
    fn a_malformed_traceparent_is_ignored() {
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let longer = format!("{GOOD}-more");
        for bad in ["", "00", "hello", &GOOD[1..], &zero, &longer] {
            assert!(read(&context(bad, Some("a=1"))).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_malformed_state_is_dropped() {
        for bad in ["", "nothing", "a=1,nothing"] {
            let read = read(&context(GOOD, Some(bad))).unwrap();
            assert_eq!("", read.trace_state().header(), "{bad}");
        }
    }
}
