use actix_web::{
    Error, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::Next,
};

use crate::edge::problem::{MEDIA_TYPE, Problem, reasons};

/// Writes the body of every error response: of a [`Problem`], or of an error by the HTTP library.
pub(crate) async fn problems<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    if status < 400 {
        return Ok(response.map_into_left_body());
    }
    let reported = response.response().extensions().get::<Problem>().cloned();
    let problem = reported.unwrap_or_else(|| Problem::new(reasons::of_status(status)));
    let trace_id = chassis::telemetry::current_trace_id();
    let document = problem.document(response.request().path(), trace_id);
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let (request, response) = response.into_parts();
    let mut response = response.set_body(BoxBody::new(body));
    // The document says the same status.
    *response.status_mut() = problem.status_code();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(ServiceResponse::new(request, response).map_into_right_body())
}
