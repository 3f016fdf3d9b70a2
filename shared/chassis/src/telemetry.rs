//! Logs, traces and metrics of a process.

use std::fmt;

use garde::Validate;
use http::HeaderMap;

use crate::about::About;
use crate::config::rules::url_or_empty;
use serde::Deserialize;
use tracing::Span;
use uuid::Uuid;

pub use contracts::TraceContext;

mod context;
mod correlation;
mod event_counter;
mod export;
mod json;
mod logs;
mod process;
mod recent;
mod recorded_only;
mod sampler;
mod text;
mod traces;

pub(crate) use process::read as read_process;
pub use recent::{FinishedSpan, RecentSpans, TraceSummary, parse_trace_id, recent_spans};
pub use traces::instance;

/// Filters of logs and traces, and the collector.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// `text` for people (color only on a terminal) or `json` for machines.
    pub log_format: LogFormat,
    /// The filter of the log, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// The filter of spans in traces, in the same syntax. It is independent of the log's filter.
    pub trace: String,
    /// `http://collector:4317`; empty: no traces are exported.
    #[garde(custom(url_or_empty(&["http", "https"])))]
    pub otlp_endpoint: String,
    /// The commit of the binary, for `mercantile_build_info`; may be empty.
    pub revision: String,
    /// Share of new traces that are recorded, 0 to 1. A trace that a caller began keeps the caller's
    /// decision.
    #[garde(range(min = 0.0, max = 1.0))]
    pub sampling_ratio: f64,
    /// How many finished spans the process keeps in memory for the operations view, up to 2 KiB each; 0: none.
    #[garde(range(max = 20_000))]
    pub recent_spans: usize,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One short line per event, for people.
    Text,
    /// One JSON object per line, with `trace_id`, `span_id` and `service`.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            trace: "info".to_owned(),
            otlp_endpoint: String::new(),
            revision: String::new(),
            sampling_ratio: 1.0,
            recent_spans: 0,
        }
    }
}

/// The trace context of the current span, if there is one: to send it with a message or a request,
/// or to store it with work that is done later.
#[must_use]
pub fn current_context() -> Option<TraceContext> {
    context::current()
}

/// The `traceparent` of the current span, if there is one.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    context::current().map(|context| context.traceparent)
}

/// Makes a remote span the parent of `span`, which must not have been entered yet. A malformed
/// parent is ignored.
pub fn set_parent(span: &Span, parent: &TraceContext) {
    context::set_parent(span, parent);
}

/// Begins a trace with `span` that is not recorded, here and in the processes that it calls: the operations view would
/// otherwise show itself. The span must not have been entered yet.
pub fn do_not_record(span: &Span) {
    let trace = format!("00-{}-{:016x}-00", Uuid::now_v7().simple(), 1);
    if let Some(unrecorded) = TraceContext::from_headers(Some(&trace), []) {
        set_parent(span, &unrecorded);
    }
}

/// Whether the current span belongs to a trace that is not recorded. Work that is only for traces
/// can then be skipped.
#[must_use]
pub fn is_unrecorded() -> bool {
    context::is_unrecorded()
}

/// The trace context in the headers of a request.
#[must_use]
pub fn context_in(headers: &HeaderMap) -> Option<TraceContext> {
    context::in_headers(headers)
}

/// Adds the trace context of the current span to the headers of a request.
pub fn put_context(headers: &mut HeaderMap) {
    context::put(headers);
}

/// Sets the correlation field of the current span, and so of all later spans and log lines below
/// it. Spans of requests, RPCs and messages have the field; others ignore it.
pub fn correlate(id: impl fmt::Display) {
    Span::current().record(contracts::CORRELATION, tracing::field::display(id));
}

/// Changes the name of a span that has begun.
pub fn rename(span: &Span, name: String) {
    context::rename(span, name);
}

/// The trace id of the current span as 32 hex digits, for problem documents and logs.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    context::current_trace_id()
}

/// The trace id as a number, if the trace is recorded; for `instruments::exemplars::install`.
#[must_use]
pub fn recorded_trace_id() -> Option<u128> {
    context::recorded_trace_id()
}

/// Keeps telemetry alive. [`Guard::flush`] sends what is buffered.
#[derive(Debug)]
pub struct Guard {
    provider: opentelemetry_sdk::trace::SdkTracerProvider,
}

/// Installs logs, traces and the metrics of the process. Must be called inside a tokio runtime. A
/// second call in one process (in tests) keeps the settings of the first.
///
/// # Errors
/// A filter cannot be parsed, or the endpoint is not a URL. An unreachable collector is not an
/// error: spans are dropped until it responds.
pub fn init(config: &Config, process: Process) -> anyhow::Result<Guard> {
    init_to(config, process, Logs::Stdout)
}

/// The origin of logs, traces and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// The binary's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl From<&About> for Process {
    fn from(about: &About) -> Self {
        let (name, version) = (about.name, about.version);
        Self { name, version }
    }
}

/// The stream that the log is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logs {
    /// For a process without other output.
    Stdout,
    /// For a command whose output goes to stdout.
    Stderr,
}

pub(crate) fn init_to(config: &Config, process: Process, logs: Logs) -> anyhow::Result<Guard> {
    process::begin(process, &config.revision);
    contracts::trace::install(contracts::trace::Hooks {
        current: context::current,
        context_of: context::of,
        set_parent: context::set_parent,
        link: context::link,
    });
    let provider = traces::provider(config, process)?;
    logs::install(config, process.name, &provider, logs)?;
    Ok(Guard { provider })
}

impl Guard {
    /// Sends what is buffered; stops after a few seconds.
    pub async fn flush(self) {
        traces::flush(self.provider).await;
    }
}

#[cfg(test)]
mod tests;
