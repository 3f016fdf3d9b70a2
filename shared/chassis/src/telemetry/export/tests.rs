use std::sync::Mutex;

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::*;
use crate::metrics;

/// An exporter that accepts spans on demand.
#[derive(Debug, Clone, Default)]
struct Moody {
    takes: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl SpanExporter for Moody {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        if !self.takes.load(Ordering::Relaxed) {
            return Err(OTelSdkError::InternalFailure(
                "connection refused".to_owned(),
            ));
        }
        let names = batch.into_iter().map(|span| span.name.into_owned());
        self.taken.lock().unwrap().extend(names);
        Ok(())
    }
}

fn provider(exporter: &Moody) -> SdkTracerProvider {
    let queue = queue(exporter.clone());
    SdkTracerProvider::builder()
        .with_span_processor(queue)
        .build()
}

fn count(text: &str, line: &str) -> u64 {
    let found = text.lines().find_map(|each| each.strip_prefix(line));
    found.map_or(0, |value| value.trim().parse().unwrap())
}

#[test]
fn rejected_spans_are_counted_and_later_spans_are_exported() {
    instruments::register(&metrics::PROCESS);
    let exporter = Moody::default();
    let provider = provider(&exporter);
    let tracer = provider.tracer("test");
    drop(tracer.start("lost"));
    provider.force_flush().unwrap();
    exporter.takes.store(true, Ordering::Relaxed);
    drop(tracer.start("kept"));
    provider.force_flush().unwrap();
    assert_eq!(*exporter.taken.lock().unwrap(), ["kept"]);
    let text = instruments::render();
    let dropped = "telemetry_spans_dropped_total{reason=\"not_delivered\"}";
    assert_eq!(
        (
            count(&text, dropped),
            count(&text, "telemetry_spans_exported_total")
        ),
        (1, 1)
    );
}

#[test]
fn a_full_queue_drops_spans_and_counts_them() {
    instruments::register(&metrics::PROCESS);
    let exporter = Moody::default();
    exporter.takes.store(true, Ordering::Relaxed);
    let waiting = Arc::new(AtomicUsize::new(QUEUE_SIZE));
    let bounded = Bounded {
        queue: BatchSpanProcessor::builder(exporter.clone()).build(),
        waiting: Arc::clone(&waiting),
    };
    let provider = SdkTracerProvider::builder()
        .with_span_processor(bounded)
        .build();
    drop(provider.tracer("test").start("one too many"));
    provider.force_flush().unwrap();
    assert!(exporter.taken.lock().unwrap().is_empty());
    assert_eq!(waiting.load(Ordering::Relaxed), QUEUE_SIZE);
    let dropped = "telemetry_spans_dropped_total{reason=\"queue_full\"}";
    assert_eq!(count(&instruments::render(), dropped), 1);
}
