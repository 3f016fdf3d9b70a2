use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use super::json::Json;
use super::{Config, LogFormat};

/// Libraries that talk about every frame (lapin also prints whole messages, and `messaging` says what
/// matters); the configured filter can turn them up again. The exporter
/// stands on the same libraries: tracing them would trace the tracing.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,tower=warn,tonic=warn,lapin=off,opentelemetry_sdk=warn,opentelemetry-otlp=warn";

pub(super) fn install(
    config: &Config,
    service: &'static str,
    provider: &SdkTracerProvider,
) -> anyhow::Result<()> {
    let log_filter = filter("telemetry.log", &config.log)?;
    let log = match config.log_format {
        LogFormat::Text => fmt::layer()
            .compact()
            .with_timer(TimeOfDay)
            .with_ansi(std::io::stdout().is_terminal())
            .with_filter(log_filter)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .event_format(Json { service })
            .fmt_fields(JsonFields::new())
            .with_filter(log_filter)
            .boxed(),
    };
    let trace = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter("telemetry.trace", &config.trace)?);
    // Fails if something is installed already, which only happens in tests.
    let _already_installed = tracing_subscriber::registry()
        .with(log)
        .with(trace)
        .try_init();
    Ok(())
}

fn filter(key: &str, directives: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::builder()
        .parse(format!("{QUIET},{directives}"))
        .with_context(|| format!("{key} = \"{directives}\" is not a filter; try \"info\""))
}

/// `20:45:57.123`, UTC.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        let now = kernel::Clock::system().now();
        write!(writer, "{}", now.format("%H:%M:%S%.3f"))
    }
}
