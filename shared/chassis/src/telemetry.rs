//! Logs, traces and metrics of a process.

use std::fmt;

use http::HeaderMap;
use serde::Deserialize;
use tracing::Span;

pub use contracts::TraceContext;

mod context;
mod correlation;
mod counted;
mod export;
mod json;
mod logs;
mod process;
mod recorded;
mod sampler;
mod text;
mod traces;

pub(crate) use process::read as read_process;

/// What to log, and where traces go.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `text` for people (color only on a terminal) or `json` for machines.
    pub log_format: LogFormat,
    /// What the log shows, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// Which spans are traced, in the same syntax. It has its own filter: a quiet log loses no trace.
    pub trace: String,
    /// `http://collector:4317`; empty means that no exporter is started.
    pub otlp_endpoint: String,
    /// The commit that the binary was built from, for `mercantile_build_info`; empty if nobody knows.
    pub revision: String,
    /// Share of new traces that are recorded, 0 to 1. A caller's decision is followed.
    pub sampling_ratio: f64,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One short line for people.
    Text,
    /// One JSON object a line, with `trace_id`, `span_id` and `service`.
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
        }
    }
}

/// The trace context of the current span, if there is one: to be put on a message or a request, or
/// stored with work that is done later.
#[must_use]
pub fn current_context() -> Option<TraceContext> {
    context::current()
}

/// The `traceparent` of the current span, if there is one.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    context::current().map(|context| context.traceparent)
}

/// Makes a remote span the parent of `span`, which must not have been entered yet. A malformed one is
/// ignored.
pub fn set_parent(span: &Span, parent: &TraceContext) {
    context::set_parent(span, parent);
}

/// Whether there is a current span, of a trace that is not recorded: what is only for traces is not
/// worth making then.
#[must_use]
pub fn is_unrecorded() -> bool {
    context::is_unrecorded()
}

/// The trace that a request continues, by its headers.
#[must_use]
pub fn context_in(headers: &HeaderMap) -> Option<TraceContext> {
    context::in_headers(headers)
}

/// Lets a request continue the current span's trace.
pub fn put_context(headers: &mut HeaderMap) {
    context::put(headers);
}

/// Sets the correlation field of the current span, and with it that of all spans and log lines below it
/// from now on. Spans of requests, RPCs and messages have the field; others ignore it.
pub fn correlate(id: impl fmt::Display) {
    Span::current().record(contracts::CORRELATION, tracing::field::display(id));
}

/// Gives a span its name when it has begun already, and only now is it known what it is.
pub fn rename(span: &Span, name: String) {
    context::rename(span, name);
}

/// The trace id of the current span as 32 hex digits, for problem documents and logs.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    context::current_trace_id()
}

/// The same as a number, if the trace is recorded, so that somebody can look it up: for
/// `instruments::exemplars::install`.
#[must_use]
pub fn recorded_trace_id() -> Option<u128> {
    context::recorded_trace_id()
}

/// Keeps telemetry alive; flushes what is still buffered with [`Guard::flush`].
#[derive(Debug)]
pub struct Guard {
    provider: opentelemetry_sdk::trace::SdkTracerProvider,
}

/// Installs logs and traces for the process, and begins its metrics. Must be called inside a tokio
/// runtime. A second call in one process (tests) keeps the first one's settings.
///
/// # Errors
/// A filter that does not parse, or an endpoint that is not a URL. A collector that is away is no
/// error: spans are dropped until it answers.
pub fn init(config: &Config, process: Process) -> anyhow::Result<Guard> {
    init_to(config, process, Logs::Stdout)
}

/// Who tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// The binary's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logs {
    /// Of a process that has nothing else to say.
    Stdout,
    /// Of a command whose output is for people or for a pipe.
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
    /// Sends what is buffered; gives up after a few seconds.
    pub async fn flush(self) {
        traces::flush(self.provider).await;
    }
}

#[cfg(test)]
mod tests;
