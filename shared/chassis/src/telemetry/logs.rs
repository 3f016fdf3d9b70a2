use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use super::correlation::Correlation;
use super::event_counter::EventCounter;
use super::json::Json;
use super::recorded_only::RecordedOnly;
use super::text::{Text, TextFields};
use super::{Config, LogFormat, Logs};

/// Default levels of libraries; the configured filter can override them. HTTP libraries log every
/// frame, and the exporter uses them: tracing them would trace the export. `export` logs its failures
/// once, not for each batch. lapin logs the data of returned messages, and each lost connection
/// several times; `messaging` logs it once. tokio_postgres logs the values of statements, which
/// include personal data.
const QUIET: &str = "tokio_postgres=info,h2=warn,hyper=warn,hyper_util=warn,tower=warn,tonic=warn,opentelemetry_sdk=off,opentelemetry-otlp=off,lapin=off";
/// Spans of calls to upstreams, of statements and of publishing are traced, but not formatted for
/// the log.
const TRACED: &str =
    "chassis=debug,upstream=debug,persistence=debug,messaging=debug,leases=debug,outbox=debug";

pub(super) fn install(
    config: &Config,
    service: &'static str,
    provider: &SdkTracerProvider,
    logs: Logs,
) -> anyhow::Result<()> {
    let (writer, is_terminal) = match logs {
        Logs::Stdout => (
            BoxMakeWriter::new(std::io::stdout),
            std::io::stdout().is_terminal(),
        ),
        Logs::Stderr => (
            BoxMakeWriter::new(std::io::stderr),
            std::io::stderr().is_terminal(),
        ),
    };
    // Fails if a subscriber is installed already, which only happens in tests.
    let _already_installed = subscriber(config, service, provider, writer, is_terminal)?.try_init();
    Ok(())
}

pub(super) fn subscriber(
    config: &Config,
    service: &'static str,
    provider: &SdkTracerProvider,
    writer: BoxMakeWriter,
    is_terminal: bool,
) -> anyhow::Result<impl Subscriber + Send + Sync + use<>> {
    // Events are filtered, the spans around them are not: the correlation field does not depend on
    // the log's filter.
    let spans = filter_fn(|meta| meta.is_span() && *meta.level() <= Level::INFO);
    let log_filter = filter("telemetry.log", QUIET, &config.log)?.or(spans);
    let log = match config.log_format {
        LogFormat::Text => fmt::layer()
            .event_format(Text)
            .fmt_fields(TextFields)
            .with_ansi(is_terminal)
            .with_writer(writer)
            .with_filter(log_filter)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .event_format(Json { service })
            .fmt_fields(JsonFields::new())
            .with_writer(writer)
            .with_filter(log_filter)
            .boxed(),
    };
    let traced = format!("{QUIET},{TRACED}");
    let traced = || filter("telemetry.trace", &traced, &config.trace);
    let trace = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(traced()?.and(RecordedOnly));
    // Spans for the log, and for the trace if it is recorded.
    let correlated = filter_fn(|meta| meta.is_span() && *meta.level() <= Level::INFO)
        .or(filter_fn(|meta| meta.is_span()).and(RecordedOnly))
        .and(traced()?);
    let counted = filter("telemetry.log", QUIET, &config.log)?.and(LevelFilter::WARN);
    Ok(tracing_subscriber::registry()
        .with(log)
        .with(EventCounter.with_filter(counted))
        .with(Correlation::default().with_filter(correlated))
        .with(trace))
}

fn filter(key: &str, base: &str, directives: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::builder()
        .parse(format!("{base},{directives}"))
        .with_context(|| format!("{key} = \"{directives}\" is not a filter; try \"info\""))
}

#[cfg(test)]
mod tests;
