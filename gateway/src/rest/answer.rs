//! Responses of handlers.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use serde::Serialize;

use crate::edge::problem::{Problem, reasons};

/// The response of a handler, or a problem.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// A JSON response that must not be cached.
pub(super) fn private(mut response: HttpResponseBuilder, body: &impl Serialize) -> Answer {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(response.content_type("application/json").body(json(body)?))
}

/// 200 with a JSON body that must not be cached.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    private(HttpResponse::Ok(), body)
}

/// 201 with the URL of the new resource.
pub(super) fn created(location: String, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    private(response, body)
}

/// 202 with the URL at which progress can be read.
pub(super) fn accepted(location: String, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Accepted();
    response.insert_header((header::LOCATION, location));
    private(response, body)
}

pub(super) fn no_content() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

pub(super) fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "cannot serialize a response");
        Problem::new(&reasons::INTERNAL)
    })
}
