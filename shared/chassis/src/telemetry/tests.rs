//! The subscriber of a process, with an exporter that stores the spans.

use std::sync::{Arc, Mutex};

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SimpleSpanProcessor, SpanData, SpanExporter};
use tracing::field::Empty;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::context::link;
use super::*;
use crate::metrics::process::JOB_RUN;

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// The exported spans of `work`, in the order of their end.
fn traced(ratio: f64, work: impl FnOnce()) -> Vec<SpanData> {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler::InheritingSampler::new(ratio))
        .with_span_processor(SimpleSpanProcessor::new(kept.clone()))
        .build();
    let config = Config {
        log: "off".to_owned(),
        ..Config::default()
    };
    let writer = BoxMakeWriter::new(std::io::sink);
    let subscriber = logs::subscriber(&config, "test", &provider, writer, false).unwrap();
    tracing::subscriber::with_default(subscriber, work);
    kept.0.lock().unwrap().clone()
}

fn context(traceparent: &str) -> TraceContext {
    TraceContext::from_headers(Some(traceparent), ["congo=t61rcWkgMzE"]).unwrap()
}

fn order_of(span: &SpanData) -> Vec<String> {
    let orders = span
        .attributes
        .iter()
        .filter(|attribute| attribute.key.as_str() == "order_id");
    orders
        .map(|attribute| attribute.value.to_string())
        .collect()
}

fn names(spans: &[SpanData]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_ref()).collect()
}

#[test]
fn spans_that_end_after_the_correlation_is_set_have_it() {
    let spans = traced(1.0, || {
        let request = tracing::info_span!("request", order_id = Empty);
        request.in_scope(|| {
            drop(tracing::info_span!("before"));
            let during = tracing::info_span!("during").entered();
            correlate("elsewhere"); // ignored, because `during` does not have the field
            request.record("order_id", "o-1");
            drop(during);
            let after = tracing::info_span!("after");
            after.in_scope(|| drop(tracing::info_span!("deep")));
            let other = tracing::info_span!("other", order_id = "o-2");
            other.in_scope(|| drop(tracing::info_span!("of the other")));
            drop(tracing::info_span!(parent: None, "aside"));
        });
    });
    let found: Vec<(&str, Vec<String>)> = spans
        .iter()
        .map(|span| (span.name.as_ref(), order_of(span)))
        .collect();
    let one = |id: &str| vec![id.to_owned()];
    let expected = [
        ("before", vec![]),
        ("during", one("o-1")),
        ("deep", one("o-1")),
        ("of the other", one("o-2")),
        ("aside", vec![]),
        ("other", one("o-2")),
        ("after", one("o-1")),
        ("request", one("o-1")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_trace_that_is_not_recorded_has_no_spans() {
    let spans = traced(1.0, || {
        let request = tracing::info_span!("request");
        set_parent(&request, &context(UNSAMPLED));
        request.in_scope(|| {
            drop(tracing::info_span!("below").entered());
            tracing::error!("that it failed does not record it");
            assert_eq!(
                current_context().unwrap().traceparent[..36],
                UNSAMPLED[..36]
            );
            assert!(!current_context().unwrap().is_sampled());
            assert_eq!(recorded_trace_id(), None);
        });
    });
    assert_eq!(names(&spans), Vec::<&str>::new());
}

#[test]
fn new_traces_are_sampled_and_callers_decisions_are_kept() {
    let begin = || {
        tracing::info_span!("root").in_scope(|| drop(tracing::info_span!("child")));
        let called = tracing::info_span!("called");
        set_parent(&called, &context(SAMPLED));
    };
    assert_eq!(names(&traced(0.0, begin)), ["called"]);
    assert_eq!(names(&traced(1.0, begin)), ["child", "root", "called"]);
}

#[test]
fn a_span_with_links_is_recorded_if_a_linked_trace_is() {
    let join = |contexts: &[&str]| {
        let batch = tracing::info_span!(parent: None, "batch");
        for each in contexts {
            link(&batch, &context(each));
        }
        link(
            &batch,
            &TraceContext::from_headers(Some("nonsense"), []).unwrap(),
        );
        batch.in_scope(|| drop(tracing::debug_span!("statement")));
    };
    let spans = traced(0.0, || join(&[UNSAMPLED, SAMPLED]));
    assert_eq!(names(&spans), ["statement", "batch"]);
    let batch = &spans[1];
    assert_eq!(batch.links.links.len(), 2);
    assert_eq!(batch.parent_span_id, opentelemetry::SpanId::INVALID);
    assert_ne!(
        batch.span_context.trace_id(),
        batch.links.links[0].span_context.trace_id()
    );
    assert!(traced(1.0, || join(&[UNSAMPLED])).is_empty());
}

#[test]
fn the_tracestate_of_a_remote_parent_is_passed_on() {
    let spans = traced(1.0, || {
        let request = tracing::info_span!("request");
        set_parent(&request, &context(SAMPLED));
        request.in_scope(|| {
            tracing::info_span!("call").in_scope(|| {
                let passed_on = current_context().unwrap();
                assert_eq!(passed_on.tracestate.as_deref(), Some("congo=t61rcWkgMzE"));
                assert_ne!(passed_on.traceparent, SAMPLED);
                let mut headers = HeaderMap::new();
                put_context(&mut headers);
                assert_eq!(context_in(&headers), Some(passed_on));
            });
        });
    });
    assert_eq!(spans[1].parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(spans[1].parent_span_is_remote);
}

#[test]
fn a_span_can_be_renamed() {
    let spans = traced(1.0, || {
        let request = tracing::info_span!("request", otel.name = "GET");
        request.in_scope(|| {});
        rename(&request, "GET /products/{slug}".to_owned());
    });
    assert_eq!(names(&spans), ["GET /products/{slug}"]);
}

#[test]
fn a_malformed_context_begins_a_new_trace() {
    for bad in ["", "hello", "00-0-0-01", &SAMPLED[1..]] {
        let spans = traced(1.0, || {
            let request = tracing::info_span!("request");
            let context = TraceContext::from_headers(Some(bad), ["=,,"]).unwrap();
            set_parent(&request, &context);
        });
        assert_eq!(
            spans[0].parent_span_id,
            opentelemetry::SpanId::INVALID,
            "{bad}"
        );
    }
}

#[test]
fn a_value_measured_in_a_recorded_trace_has_its_id_as_exemplar() {
    instruments::register(&crate::metrics::PROCESS);
    instruments::exemplars::install(recorded_trace_id);
    let times = JOB_RUN.of("test.exemplars");
    let exemplar = |traceparent: &str| {
        traced(0.0, || {
            let span = tracing::info_span!("work");
            set_parent(&span, &context(traceparent));
            span.in_scope(|| times.observe(0.3));
        });
        let text = instruments::render();
        let bucket = r#"scheduled_run_seconds_bucket{le="0.5",task="test.exemplars"}"#;
        let mut lines = text.lines();
        let line = lines.find(|line| line.starts_with(bucket)).unwrap();
        line.split_once(" # ")
            .map(|(_, exemplar)| exemplar.to_owned())
    };
    assert_eq!(exemplar(UNSAMPLED), None);
    let found = exemplar(SAMPLED).unwrap();
    let expected = r#"{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.3 "#;
    assert!(found.starts_with(expected), "{found}");
}
