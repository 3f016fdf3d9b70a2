//! The last finished spans of this process, in memory, for the operations view.
//!
//! A span takes less than 2 KiB: its name and its attributes are cut.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use contracts::CORRELATION;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

mod wire;

pub use wire::parse_trace_id;

/// Most bytes of a name, of the name of an attribute, and of its value.
const MAX_TEXT: usize = 80;
/// Most attributes of a span; 8 of them have at most 1.3 KiB of text.
const MAX_ATTRIBUTES: usize = 8;
/// Attributes that repeat the name of the span, or are long.
const LEFT_OUT: [&str; 7] = [
    "db.query.summary",
    "db.query.text",
    "http.route",
    "messaging.destination.name",
    "messaging.system",
    "rpc.method",
    "rpc.system.name",
];

/// A span that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedSpan {
    /// The trace that it belongs to.
    pub trace_id: u128,
    /// Its own id.
    pub span_id: u64,
    /// The span above it, in this or another process.
    pub parent_span_id: Option<u64>,
    /// Its name, cut after 80 bytes.
    pub name: Box<str>,
    /// `server`, `client`, `producer`, `consumer` or `internal`.
    pub kind: &'static str,
    /// When it began.
    pub started_at: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Whether its status is an error.
    pub has_failed: bool,
    /// The value of its correlation field.
    pub correlation: Option<Box<str>>,
    /// Up to eight attributes, names and values cut after 80 bytes.
    pub attributes: Box<[(Box<str>, Box<str>)]>,
}

impl FinishedSpan {
    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> SystemTime {
        self.started_at + self.duration
    }
}

/// What the spans of one trace in this process have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSummary {
    /// The first of the spans.
    pub first: Arc<FinishedSpan>,
    /// When the last of them ended.
    pub ended_at: SystemTime,
    /// Whether one of them failed.
    pub has_failed: bool,
    /// The value of the correlation field of one of them.
    pub correlation: Option<Box<str>>,
    /// Their number.
    pub spans: usize,
}

/// The spans that ended last, oldest first. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RecentSpans {
    capacity: usize,
    spans: Arc<Mutex<VecDeque<Arc<FinishedSpan>>>>,
}

static RECENT: OnceLock<RecentSpans> = OnceLock::new();

/// The spans of this process; none if `telemetry.recent_spans` is 0.
#[must_use]
pub fn recent_spans() -> Option<&'static RecentSpans> {
    RECENT.get()
}

/// Keeps spans from now on. A second call in one process (in tests) continues the first.
pub(super) fn keep(capacity: usize) -> RecentSpans {
    RECENT.get_or_init(|| RecentSpans::new(capacity)).clone()
}

impl RecentSpans {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            spans: Arc::default(),
        }
    }

    /// The spans of a trace, at most `limit`, in the order of their end.
    #[must_use]
    pub fn of_trace(&self, trace_id: u128, limit: usize) -> Vec<Arc<FinishedSpan>> {
        let spans = self.lock();
        let of_trace = spans.iter().filter(|span| span.trace_id == trace_id);
        of_trace.take(limit).cloned().collect()
    }

    /// The traces that began last, at most `limit`, newest first.
    #[must_use]
    pub fn traces(&self, limit: usize) -> Vec<TraceSummary> {
        let mut traces: BTreeMap<u128, TraceSummary> = BTreeMap::new();
        // Every span that ends waits for the lock.
        let spans: Vec<_> = self.lock().iter().cloned().collect();
        for span in &spans {
            let trace = traces
                .entry(span.trace_id)
                .or_insert_with(|| TraceSummary::of(span));
            trace.add(span);
        }
        let mut traces: Vec<TraceSummary> = traces.into_values().collect();
        traces.sort_by_key(|trace| std::cmp::Reverse(trace.first.started_at));
        traces.truncate(limit);
        traces
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<FinishedSpan>>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TraceSummary {
    fn of(span: &Arc<FinishedSpan>) -> Self {
        Self {
            first: Arc::clone(span),
            ended_at: span.ended_at(),
            has_failed: false,
            correlation: None,
            spans: 0,
        }
    }

    fn add(&mut self, span: &Arc<FinishedSpan>) {
        if span.started_at < self.first.started_at {
            self.first = Arc::clone(span);
        }
        self.ended_at = self.ended_at.max(span.ended_at());
        self.has_failed |= span.has_failed;
        if self.correlation.is_none() {
            self.correlation.clone_from(&span.correlation);
        }
        self.spans += 1;
    }
}

impl SpanProcessor for RecentSpans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let span = Arc::new(finished(&span));
        let mut spans = self.lock();
        if spans.len() >= self.capacity {
            spans.pop_front();
        }
        spans.push_back(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn finished(span: &SpanData) -> FinishedSpan {
    let id = |id: opentelemetry::trace::SpanId| u64::from_be_bytes(id.to_bytes());
    let is_correlation = |attribute: &&KeyValue| attribute.key.as_str() == CORRELATION;
    let correlation = span.attributes.iter().find(is_correlation);
    let attributes = span.attributes.iter().filter(|attribute| {
        let name = attribute.key.as_str();
        name != CORRELATION && !LEFT_OUT.contains(&name)
    });
    let attributes = attributes
        .take(MAX_ATTRIBUTES)
        .map(|attribute| (cut(attribute.key.as_str()), cut(&attribute.value.as_str())));
    FinishedSpan {
        trace_id: u128::from_be_bytes(span.span_context.trace_id().to_bytes()),
        span_id: id(span.span_context.span_id()),
        parent_span_id: Some(id(span.parent_span_id)).filter(|id| *id != 0),
        name: cut(&span.name),
        kind: match span.span_kind {
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
            SpanKind::Internal => "internal",
        },
        started_at: span.start_time,
        duration: span
            .end_time
            .duration_since(span.start_time)
            .unwrap_or_default(),
        has_failed: matches!(span.status, Status::Error { .. }),
        correlation: correlation.map(|attribute| cut(&attribute.value.as_str())),
        attributes: attributes.collect(),
    }
}

/// The text, at most [`MAX_TEXT`] bytes of it.
fn cut(text: &str) -> Box<str> {
    Box::from(&text[..text.floor_char_boundary(MAX_TEXT)])
}

#[cfg(test)]
mod tests;
