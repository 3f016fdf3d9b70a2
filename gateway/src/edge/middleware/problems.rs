use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::Next,
    web::Data,
};

use crate::edge::problem::{Document, HasBody, MEDIA_TYPE, Problem, reasons};

/// Shows a problem to people, where the request is one of a browser: headers and body. Stored in the application's data.
pub(crate) struct ProblemPage(
    pub(crate) fn(&HttpRequest, &Problem, &Document) -> Option<HttpResponse>,
);

/// Writes the body of every error response that has none: of a [`Problem`], or of an error by the HTTP library.
pub(crate) async fn problems<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    if status < 400 || response.response().extensions().contains::<HasBody>() {
        return Ok(response.map_into_left_body());
    }
    let reported = response.response().extensions().get::<Problem>().cloned();
    let problem = reported.unwrap_or_else(|| Problem::new(reasons::of_status(status)));
    let trace_id = chassis::telemetry::current_trace_id();
    let document = problem.document(response.request().path(), trace_id);
    let page = response.request().app_data::<Data<ProblemPage>>();
    let page = page.and_then(|page| page.0(response.request(), &problem, &document));
    let page = page.unwrap_or_else(|| json(&document));
    let (request, response) = response.into_parts();
    let (page, body) = page.into_parts();
    let mut response = response.set_body(body);
    // The document says the same status.
    *response.status_mut() = problem.status_code();
    let headers = response.headers_mut();
    for (name, value) in page.headers() {
        headers.insert(name.clone(), value.clone());
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(ServiceResponse::new(request, response).map_into_right_body())
}

fn json(document: &Document) -> HttpResponse {
    let body = serde_json::to_vec(document).unwrap_or_default();
    HttpResponse::Ok().content_type(MEDIA_TYPE).body(body)
}
