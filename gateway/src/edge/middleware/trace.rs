use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header::HeaderValue},
};
use chassis::telemetry::{self, TraceContext};
use kernel::OrderId;
use tracing::{Span, field};
use tracing_actix_web::RootSpanBuilder;

use crate::edge::route::{Matched, OPERATIONS_VIEW};

/// The span of a request, by OpenTelemetry's semantic conventions. It holds no personal data: no query,
/// address or token.
pub(super) struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let method = standard_method(request.method());
        let span = tracing::info_span!(
            "request",
            otel.name = method.unwrap_or("HTTP"),
            otel.kind = "server",
            otel.status_code = field::Empty,
            http.request.method = method.unwrap_or("_OTHER"),
            http.route = field::Empty,
            http.response.status_code = field::Empty,
            url.path = request.path(),
            url.scheme = if request.app_config().secure() { "https" } else { "http" },
            error.type = field::Empty,
            order_id = order_of_path(request.path()).map(field::display),
        );
        if is_of_operations_view(request) {
            telemetry::do_not_record(&span);
        } else if let Some(parent) = remote_parent(request) {
            telemetry::set_parent(&span, &parent);
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => {
                if let Some(Matched(row)) = response.request().extensions().get() {
                    span.record("http.route", row.path);
                    telemetry::rename(&span, format!("{} {}", row.method, row.path));
                }
                response.status().as_u16()
            }
            Err(error) => error.as_response_error().status_code().as_u16(),
        };
        span.record("http.response.status_code", status);
        if status >= 500 {
            span.record("error.type", field::display(status));
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// Reads of the operations view, which would fill the list of recent traces with themselves.
fn is_of_operations_view(request: &ServiceRequest) -> bool {
    request.method() == Method::GET && request.path().starts_with(OPERATIONS_VIEW)
}

/// The method, if HTTP defines it. Clients can send any other token, and span names must be bounded.
fn standard_method(method: &Method) -> Option<&'static str> {
    let all = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    ];
    all.into_iter().find(|known| *known == method.as_str())
}

/// The caller's span, from `traceparent`.
fn remote_parent(request: &ServiceRequest) -> Option<TraceContext> {
    let headers = request.headers();
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    // Several are as good as none (W3C Trace Context, section 3.2).
    let mut parents = headers.get_all("traceparent");
    let parent = parents.next().filter(|_| parents.next().is_none());
    let parent = parent.and_then(text);
    let states: Vec<String> = headers.get_all("tracestate").filter_map(text).collect();
    TraceContext::from_headers(parent.as_deref(), states.iter().map(String::as_str))
}

/// The order in a URL: `/api/v1/orders/{id}/..`, `/api/v1/staff/sagas/{id}`.
fn order_of_path(path: &str) -> Option<OrderId> {
    let mut segments = path.split('/');
    segments.find(|segment| matches!(*segment, "orders" | "sagas"))?;
    segments.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_is_not_used_as_a_name() {
        assert_eq!(standard_method(&Method::PATCH), Some("PATCH"));
        for other in ["SECRET", "get"] {
            let method = Method::from_bytes(other.as_bytes()).unwrap();
            assert_eq!(standard_method(&method), None, "{other}");
        }
    }

    #[test]
    fn the_order_of_a_url_is_found() {
        let id = OrderId::generate();
        for path in [
            format!("/api/v1/orders/{id}"),
            format!("/api/v1/orders/{id}/timeline"),
            format!("/api/v1/staff/sagas/{id}/retry"),
        ] {
            assert_eq!(order_of_path(&path), Some(id), "{path}");
        }
        for path in ["/api/v1/orders", "/api/v1/orders/", "/api/v1/orders/x", "/"] {
            assert_eq!(order_of_path(path), None, "{path}");
        }
        assert_eq!(order_of_path(&format!("/api/v1/products/{id}")), None);
    }
}
