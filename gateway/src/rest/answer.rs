//! Responses of handlers.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use serde::Serialize;

use super::request::PageLinks;
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

/// 200 with a page of a list and the links to other pages.
pub(super) fn page(links: &PageLinks, next: Option<&str>, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::LINK, links.header(next)));
    private(response, body)
}

/// 200 with a JSON body and the `ETag` that a change of it names in `If-Match`.
pub(super) fn versioned(version: i64, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, etag(version)));
    private(response, body)
}

/// 201 with the URL and the `ETag` of the new resource.
pub(super) fn created_in_version(location: String, version: i64, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    response.insert_header((header::ETAG, etag(version)));
    private(response, body)
}

fn etag(version: i64) -> String {
    format!("\"{version}\"")
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

pub(crate) fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "cannot serialize a response");
        Problem::new(&reasons::INTERNAL)
    })
}
