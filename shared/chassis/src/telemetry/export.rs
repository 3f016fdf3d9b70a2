//! Export of spans: a bounded queue, and an exporter that logs an outage of the collector once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use crate::metrics::process::{Dropped, TELEMETRY_SPANS_DROPPED, TELEMETRY_SPANS_EXPORTED};

/// Spans that wait or are in flight: a few seconds of a busy process, some ten megabytes at most.
const QUEUE_SIZE: usize = 8_192;
/// Most spans per request.
const BATCH: usize = 512;
const SEND_EVERY: Duration = Duration::from_secs(1);

/// Batches spans and passes them to `exporter`, on a separate thread.
pub(super) fn queue(exporter: impl SpanExporter + 'static) -> impl SpanProcessor + 'static {
    let waiting = Arc::new(AtomicUsize::new(0));
    let exporter = LoggingExporter {
        exporter,
        waiting: Arc::clone(&waiting),
        failing: AtomicBool::new(false),
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE_SIZE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(SEND_EVERY)
        .build();
    let queue = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    Bounded { queue, waiting }
}

/// The queue, with a count of the waiting spans: the library does not report what it drops.
#[derive(Debug)]
struct Bounded {
    queue: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.queue.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE_SIZE {
            self.queue.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            dropped(Dropped::QueueFull, 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.queue.set_resource(resource);
    }
}

/// An exporter that logs when it begins to fail, and when it succeeds again.
#[derive(Debug)]
struct LoggingExporter<E> {
    exporter: E,
    waiting: Arc<AtomicUsize>,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for LoggingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        match sent {
            Ok(()) => {
                exported(count);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector accepts traces again");
                }
            }
            Err(error) => {
                dropped(Dropped::NotDelivered, count);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "the collector does not accept traces, they are dropped");
                }
            }
        }
        // The error was logged above; the library would log it for each batch.
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn exported(count: usize) {
    TELEMETRY_SPANS_EXPORTED.add(number(count));
}

fn dropped(reason: Dropped, count: usize) {
    TELEMETRY_SPANS_DROPPED.of(reason).add(number(count));
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
