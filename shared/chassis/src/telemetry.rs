//! Logs, traces and metrics of a process.

use serde::Deserialize;
use tracing::Span;

mod json;
mod logs;
mod metrics;
mod text;
mod traces;

pub(crate) use metrics::{
    install as install_metrics, render as render_metrics, upkeep as metrics_upkeep,
};

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
            sampling_ratio: 1.0,
        }
    }
}

/// The `traceparent` of the current span, if there is one: to be put on a message or a request.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    traces::current_traceparent()
}

/// Makes the remote span of a `traceparent` the parent of `span`. A malformed one is ignored.
pub fn set_parent(span: &Span, traceparent: &str) {
    traces::set_parent(span, traceparent);
}

/// The trace id of the current span as 32 hex digits, for problem documents and logs.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    traces::current_trace_id()
}

/// Keeps telemetry alive; flushes what is still buffered with [`Guard::flush`].
#[derive(Debug)]
pub struct Guard {
    provider: opentelemetry_sdk::trace::SdkTracerProvider,
}

/// Installs logs and traces for the process, and the metrics recorder. Must be called inside a tokio
/// runtime. A second call in one process (tests) keeps the first one's settings.
///
/// # Errors
/// A filter that does not parse, or an endpoint that is not a URL. A collector that is away is no
/// error: spans are dropped until it answers.
pub fn init(config: &Config, service: &'static str) -> anyhow::Result<Guard> {
    init_to(config, service, Logs::Stdout)
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logs {
    /// Of a process that has nothing else to say.
    Stdout,
    /// Of a command whose output is for people or for a pipe.
    Stderr,
}

pub(crate) fn init_to(config: &Config, service: &'static str, logs: Logs) -> anyhow::Result<Guard> {
    install_metrics();
    let provider = traces::provider(config, service)?;
    logs::install(config, service, &provider, logs)?;
    Ok(Guard { provider })
}

impl Guard {
    /// Sends what is buffered; gives up after a few seconds.
    pub async fn flush(self) {
        traces::flush(self.provider).await;
    }
}
