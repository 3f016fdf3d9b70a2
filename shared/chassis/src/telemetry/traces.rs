use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use super::Config;
pub(super) fn provider(config: &Config, service: &'static str) -> anyhow::Result<SdkTracerProvider> {
    let _ = (config, service);
    Ok(SdkTracerProvider::builder().build())
}
pub(super) async fn flush(provider: SdkTracerProvider) { drop(provider); }
pub(super) fn current_traceparent() -> Option<String> { None }
pub(super) fn current_trace_id() -> Option<String> { None }
pub(super) fn set_parent(span: &Span, traceparent: &str) { let _ = (span, traceparent); }
