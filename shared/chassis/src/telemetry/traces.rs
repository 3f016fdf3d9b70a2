use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, get_active_span,
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Config;

const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Without an endpoint nothing is recorded or sent, and spans still have ids: logs and problem
/// documents can name the trace.
pub(super) fn provider(
    config: &Config,
    service: &'static str,
) -> anyhow::Result<SdkTracerProvider> {
    let resource = Resource::builder().with_service_name(service).build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    if config.otlp_endpoint.is_empty() {
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .with_context(|| format!("cannot send traces to `{}`", config.otlp_endpoint))
        .context("check telemetry.otlp_endpoint: it looks like http://collector:4317")?;
    let ratio = Sampler::TraceIdRatioBased(config.sampling_ratio);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(ratio)))
        .with_batch_exporter(exporter)
        .build())
}

/// The provider blocks while it sends, so it does that on a thread of its own.
pub(super) async fn flush(provider: SdkTracerProvider) {
    let stop = tokio::task::spawn_blocking(move || {
        let _lost_spans_are_no_failure = provider.shutdown_with_timeout(FLUSH_TIMEOUT);
    });
    let _given_up = tokio::time::timeout(FLUSH_TIMEOUT, stop).await;
}

pub(super) fn current_traceparent() -> Option<String> {
    with_current(|span| {
        format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            span.trace_flags().to_u8()
        )
    })
}

pub(super) fn current_trace_id() -> Option<String> {
    with_current(|span| span.trace_id().to_string())
}

/// The ids of the current span, for the log.
pub(super) fn current_ids() -> Option<(String, String)> {
    with_current(|span| (span.trace_id().to_string(), span.span_id().to_string()))
}

fn with_current<T>(read: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    get_active_span(|span| {
        let context = span.span_context();
        context.is_valid().then(|| read(context))
    })
}

pub(super) fn set_parent(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        // Without the layer (tests) there is nothing to set.
        let _no_layer = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; later versions may append more.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = (version.len(), trace.len(), span.len(), flags.len());
    if lengths != (2, 32, 16, 2) || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read() {
        let context = parse(GOOD).map(|c| (c.trace_id().to_string(), c.is_sampled()));
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736".to_owned();
        assert_eq!(context, Some((trace, true)));
    }

    #[test]
    fn a_malformed_traceparent_is_ignored() {
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let longer = format!("{GOOD}-more");
        for bad in ["", "00", "hello", &GOOD[1..], &zero, &longer] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
