//! A server span for each request that carries a trace context. Requests without one start no trace:
//! Stripe's own traces are not visible to its callers either.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use chassis::telemetry::{self, TraceContext};
use tracing::{Instrument, Span, field};

pub(crate) async fn traced<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(caller) = caller(request.headers()) else {
        return next.call(request).await;
    };
    let method = request.method().as_str().to_owned();
    let span = tracing::info_span!(
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        url.path = request.path(),
        url.scheme = "http",
        error.type = field::Empty,
    );
    telemetry::set_parent(&span, &caller);
    let outcome = next.call(request).instrument(span.clone()).await;
    if let Ok(response) = &outcome {
        record(&span, &method, response);
    }
    outcome
}

fn record<B>(span: &Span, method: &str, response: &ServiceResponse<B>) {
    if let Some(route) = response.request().match_pattern() {
        telemetry::rename(span, format!("{method} {route}"));
        span.record("http.route", route);
    }
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("error.type", field::display(status));
        span.record("otel.status_code", "ERROR");
    }
}

fn caller(headers: &HeaderMap) -> Option<TraceContext> {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let parent = headers.get("traceparent").and_then(text);
    let states: Vec<String> = headers.get_all("tracestate").filter_map(text).collect();
    TraceContext::from_headers(parent.as_deref(), states.iter().map(String::as_str))
}
