use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::*;

fn provider(recent: &RecentSpans) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_span_processor(recent.clone())
        .build()
}

/// Ends a span of two seconds that began at second `at`.
fn end(provider: &SdkTracerProvider, trace: u128, at: u64, attributes: Vec<KeyValue>) {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(at);
    let (trace, parent) = (TraceId::from(trace), SpanId::from(1));
    let parent = SpanContext::new(trace, parent, TraceFlags::SAMPLED, true, TraceState::NONE);
    let tracer = provider.tracer("test");
    let builder = tracer
        .span_builder(format!("at {at}"))
        .with_start_time(start)
        .with_attributes(attributes);
    let mut span =
        tracer.build_with_context(builder, &Context::new().with_remote_span_context(parent));
    opentelemetry::trace::Span::end_with_timestamp(&mut span, start + Duration::from_secs(2));
}

#[test]
fn the_oldest_spans_make_way_for_new_ones() {
    let recent = RecentSpans::new(2);
    let provider = provider(&recent);
    for at in 1..=3 {
        end(&provider, 7, at, Vec::new());
    }
    let names = |limit| {
        let spans = recent.of_trace(7, limit);
        let names = spans.iter().map(|span| span.name.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(10), ["at 2", "at 3"]);
    assert_eq!(names(1), ["at 2"]);
    assert!(recent.of_trace(8, 10).is_empty());
}

#[test]
fn a_trace_is_summarized_over_its_spans() {
    let recent = RecentSpans::new(10);
    let provider = provider(&recent);
    let order = vec![KeyValue::new("order_id", "o-1")];
    end(&provider, 1, 105, order);
    end(&provider, 1, 100, Vec::new());
    end(&provider, 2, 101, Vec::new());
    let traces = recent.traces(10);
    let ids: Vec<u128> = traces.iter().map(|trace| trace.first.trace_id).collect();
    assert_eq!(ids, [2, 1]);
    let trace = &traces[1];
    assert_eq!(&*trace.first.name, "at 100");
    assert_eq!(trace.first.parent_span_id, Some(1));
    assert_eq!(trace.correlation.as_deref(), Some("o-1"));
    assert_eq!(trace.spans, 2);
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(107);
    assert_eq!(trace.ended_at, end);
    assert_eq!(recent.traces(1).len(), 1);
}

#[test]
fn the_texts_of_a_span_are_bounded() {
    let recent = RecentSpans::new(1);
    let provider = provider(&recent);
    let long = "ä".repeat(1_000);
    let mut attributes: Vec<KeyValue> = (0..30)
        .map(|number| KeyValue::new(format!("{number}{long}"), long.clone()))
        .collect();
    attributes.insert(0, KeyValue::new("db.query.text", "SELECT 1"));
    attributes.push(KeyValue::new("order_id", "o-1"));
    end(&provider, 1, 1, attributes);
    let kept = recent.of_trace(1, 1).remove(0);
    assert_eq!(kept.attributes.len(), MAX_ATTRIBUTES);
    assert_eq!(kept.correlation.as_deref(), Some("o-1"));
    let texts = kept.attributes.iter().map(|(key, value)| {
        assert!(key.starts_with(char::is_numeric), "{key}");
        key.len() + value.len()
    });
    let pairs = size_of_val(&*kept.attributes);
    let bytes = size_of::<FinishedSpan>() + pairs + texts.sum::<usize>() + kept.name.len();
    assert!(bytes < 2_048, "{bytes} bytes");
}
