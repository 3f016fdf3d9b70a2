//! The documentation that the gateway serves: start page, API reference, OpenAPI document and the kinds
//! of problems. Everything is in the binary.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_swagger_ui::Config;

use super::{answer::Answer, request::Segment};
use crate::edge::problem::{
    Problem,
    reasons::{self, Kind},
};

mod start_page;

pub(crate) use start_page::{__path_start, start};

/// The file name under which the index of Swagger UI is served.
const REFERENCE: &str = "reference";
/// Swagger UI loads its scripts and styles from this server only.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'";
const ONE_HOUR: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// Builds the OpenAPI document. Injected, because the document also describes these handlers.
pub(crate) struct Document {
    /// The document as JSON.
    pub(crate) json: fn() -> Bytes,
}

/// Read the OpenAPI document
#[utoipa::path(get, path = "/openapi.json", tag = "About",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(crate) async fn openapi(document: Data<Document>) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header(ONE_HOUR)
        .content_type("application/json")
        .body((document.json)()))
}

/// Redirect to the start page
#[utoipa::path(get, path = "/docs", tag = "About",
    responses((status = 308, description = "To `/docs/`")))]
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// API reference
///
/// Swagger UI. `reference` is the page; the other files belong to it.
#[utoipa::path(get, path = "/docs/{file}", tag = "About",
    params(("file" = String, Path, description = "`reference`, or a file of Swagger UI", example = "reference")),
    responses((status = 200, description = "The file", content_type = "text/html")),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn reference(Segment(file): Segment<String>) -> Answer {
    let file = if file == REFERENCE {
        "index.html"
    } else {
        file.as_str()
    };
    let config = Arc::new(Config::from("/openapi.json"));
    let found = utoipa_swagger_ui::serve(file, config).map_err(|error| {
        tracing::error!(%error, "cannot serve the API reference");
        Problem::new(&reasons::INTERNAL)
    })?;
    let file = found.ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response
        .insert_header(ONE_HOUR)
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type(file.content_type)
        .body(file.bytes.into_owned()))
}

/// A kind of problem.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemKind {
    /// The `type` of the problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/cart-empty")]
    kind: String,
    /// The `title`.
    #[schema(example = "The cart is empty")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// The default `detail`.
    #[schema(example = "add a product to the cart first")]
    detail: &'static str,
}

impl From<&'static Kind> for ProblemKind {
    fn from(kind: &'static Kind) -> Self {
        Self {
            kind: kind.uri(),
            title: kind.title,
            status: kind.status,
            detail: kind.detail,
        }
    }
}

/// List the kinds of problems
#[utoipa::path(get, path = "/problems", tag = "About",
    responses((status = 200, description = "All kinds of problems", body = Vec<ProblemKind>)))]
pub(crate) async fn problems() -> HttpResponse {
    let kinds: Vec<_> = reasons::ALL
        .iter()
        .copied()
        .map(ProblemKind::from)
        .collect();
    HttpResponse::Ok().insert_header(ONE_HOUR).json(kinds)
}

/// Read a kind of problem
///
/// The `type` of a problem is the URL of its kind.
#[utoipa::path(get, path = "/problems/{name}", tag = "About",
    params(("name" = String, Path, description = "Last segment of the `type`", example = "cart-empty")),
    responses((status = 200, description = "The kind", body = ProblemKind)),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn problem(Segment(name): Segment<String>) -> Answer {
    let kind = reasons::by_slug(&name).ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    Ok(HttpResponse::Ok()
        .insert_header(ONE_HOUR)
        .json(ProblemKind::from(kind)))
}
