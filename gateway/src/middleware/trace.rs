use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::{Span, field};
use tracing_actix_web::RootSpanBuilder;

use crate::gate::Matched;

/// The span of a request, named as OpenTelemetry's conventions want it. No query, no address, no
/// token: nothing that tells of a person.
pub(super) struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let span = tracing::info_span!(
            "request",
            otel.name = field::Empty,
            otel.kind = "server",
            otel.status_code = field::Empty,
            http.request.method = request.method().as_str(),
            http.route = field::Empty,
            http.response.status_code = field::Empty,
            url.path = request.path(),
        );
        let parent = request.headers().get("traceparent");
        if let Some(parent) = parent.and_then(|value| value.to_str().ok()) {
            chassis::telemetry::set_parent(&span, parent);
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => {
                if let Some(Matched(row)) = response.request().extensions().get() {
                    span.record("http.route", row.path);
                    span.record("otel.name", format!("{} {}", row.method, row.path).as_str());
                }
                response.status().as_u16()
            }
            Err(error) => error.as_response_error().status_code().as_u16(),
        };
        span.record("http.response.status_code", status);
        if status >= 500 {
            span.record("otel.status_code", "ERROR");
        }
    }
}
