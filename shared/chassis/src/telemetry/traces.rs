use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::sampler::InheritingSampler;
use super::{Config, Process, export, recent};

const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);
/// The span of a relay's batch links to each of its messages.
const MAX_LINKS: u32 = 256;

/// Without an endpoint nothing is sent, and nothing is recorded unless the process keeps recent spans. Spans still have
/// ids, so that logs and problems can contain the trace id.
pub(super) fn provider(config: &Config, process: Process) -> anyhow::Result<SdkTracerProvider> {
    let builder = SdkTracerProvider::builder()
        .with_resource(resource(process))
        .with_max_links_per_span(MAX_LINKS);
    let builder = match (config.otlp_endpoint.is_empty(), config.recent_spans) {
        (true, 0) => return Ok(builder.with_sampler(Sampler::AlwaysOff).build()),
        (_, 0) => builder,
        (_, capacity) => builder.with_span_processor(recent::keep(capacity)),
    };
    let builder = builder.with_sampler(InheritingSampler::new(config.sampling_ratio));
    if config.otlp_endpoint.is_empty() {
        return Ok(builder.build());
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .with_context(|| format!("cannot send traces to `{}`", config.otlp_endpoint))
        .context("check telemetry.otlp_endpoint: it looks like http://collector:4317")?;
    Ok(builder.with_span_processor(export::queue(exporter)).build())
}

fn resource(process: Process) -> Resource {
    Resource::builder()
        .with_service_name(process.name)
        .with_attributes([
            KeyValue::new("service.namespace", "mercantile"),
            KeyValue::new("service.version", process.version),
            KeyValue::new("service.instance.id", instance()),
        ])
        .build()
}

/// The host name, and the process id unless it is 1: a container has its own host name, elsewhere
/// several processes share one. The `service.instance.id` of traces.
#[must_use]
pub fn instance() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match (host.trim(), std::process::id()) {
        ("", id) => id.to_string(),
        (host, 1) => host.to_owned(),
        (host, id) => format!("{host}-{id}"),
    }
}

/// The provider blocks while it sends, so it runs on a blocking thread.
pub(super) async fn flush(provider: SdkTracerProvider) {
    let stop = tokio::task::spawn_blocking(move || {
        let _spans_may_be_lost = provider.shutdown_with_timeout(FLUSH_TIMEOUT);
    });
    let _timed_out = tokio::time::timeout(FLUSH_TIMEOUT, stop).await;
}
