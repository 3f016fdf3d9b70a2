//! The documentation that the gateway serves: start page, API reference, OpenAPI document and the kinds
//! of problems. Everything is in the binary.

use std::sync::{Arc, LazyLock, OnceLock};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{answer::Answer, request::Segment};
use crate::edge::problem::{
    Problem,
    reasons::{self, Kind},
};

mod file;
mod reference;
mod start_page;

use file::File;

pub(crate) use start_page::{__path_start, start};

/// Swagger UI loads its scripts and styles from this server only.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'";
const ONE_HOUR: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// The OpenAPI document.
pub(crate) struct Document(File);

/// The document as all workers share it. Injected, because it also describes these handlers.
pub(crate) fn document(json: fn() -> Bytes) -> Arc<Document> {
    static DOCUMENT: OnceLock<Arc<Document>> = OnceLock::new();
    let document = || Arc::new(Document(File::new("application/json", json())));
    Arc::clone(DOCUMENT.get_or_init(document))
}

/// Read the OpenAPI document
#[utoipa::path(get, path = "/openapi.json", tag = "About",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(crate) async fn openapi(request: HttpRequest, document: Data<Document>) -> HttpResponse {
    document.0.response(&request)
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
    params(("file" = String, Path, description = "`reference`, or a file of Swagger UI", example = "reference", pattern = "^[A-Za-z0-9._-]+$")),
    responses((status = 200, description = "The file", content_type = "text/html")),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn reference(request: HttpRequest, Segment(name): Segment<String>) -> Answer {
    let file = reference::file(&name).ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    let mut response = file.response(&request);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static(CSP),
    );
    Ok(response)
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
pub(crate) async fn problems(request: HttpRequest) -> HttpResponse {
    static KINDS: LazyLock<File> = LazyLock::new(|| {
        let kinds: Vec<_> = reasons::ALL
            .iter()
            .copied()
            .map(ProblemKind::from)
            .collect();
        let json = serde_json::to_vec(&kinds).unwrap_or_default();
        File::new("application/json", json.into())
    });
    KINDS.response(&request)
}

/// Read a kind of problem
///
/// The `type` of a problem is the URL of its kind.
#[utoipa::path(get, path = "/problems/{name}", tag = "About",
    params(("name" = String, Path, description = "Last segment of the `type`", example = "cart-empty", pattern = "^[a-z0-9-]+$")),
    responses((status = 200, description = "The kind", body = ProblemKind)),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn problem(Segment(name): Segment<String>) -> Answer {
    let kind = reasons::by_slug(&name).ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    Ok(HttpResponse::Ok()
        .insert_header(ONE_HOUR)
        .json(ProblemKind::from(kind)))
}
