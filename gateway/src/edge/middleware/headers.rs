use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use chassis::Shutdown;

use crate::edge::{config::HttpConfig, header_names::TRACEPARENT};

/// Security headers of every response, built once.
#[derive(Debug)]
pub(crate) struct Policy {
    always: Vec<(HeaderName, HeaderValue)>,
}

impl Policy {
    /// Builds the headers from the configuration.
    pub(crate) fn new(http: &HttpConfig) -> Self {
        let mut always = vec![
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
            ),
        ];
        let hsts = format!("max-age={}", http.hsts_max_age_s);
        if let (1.., Ok(value)) = (http.hsts_max_age_s, HeaderValue::try_from(hsts)) {
            always.push((header::STRICT_TRANSPORT_SECURITY, value));
        }
        Self { always }
    }
}

/// Adds `traceparent`, and the security headers that the handler did not set. After the shutdown has begun, also
/// `Connection: close` (RFC 9112, section 9.6): clients connect to another gateway before this one closes its connections,
/// which may lose a request that is on its way.
pub(super) async fn headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let policy = request.app_data::<Data<Policy>>().cloned();
    let shutdown = request.app_data::<Data<Shutdown>>().cloned();
    let mut response = next.call(request).await?;
    if shutdown.is_some_and(|shutdown| shutdown.is_requested()) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
    for (name, value) in policy.iter().flat_map(|policy| &policy.always) {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
    let trace = chassis::telemetry::current_traceparent();
    if let Some(value) = trace.and_then(|trace| HeaderValue::try_from(trace).ok()) {
        headers.insert(TRACEPARENT, value);
    }
    Ok(response)
}
