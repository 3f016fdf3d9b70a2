//! The OpenAPI document, its page, and the kinds of problems, all of it out of the binary.

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

/// The page's scripts and styles come from here, and nothing from elsewhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'";
const ONE_HOUR: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// Makes the OpenAPI document, which describes these handlers, too.
pub(crate) struct Document {
    /// As it is served.
    pub(crate) json: fn() -> Bytes,
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "About",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(crate) async fn openapi(document: Data<Document>) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header(ONE_HOUR)
        .content_type("application/json")
        .body((document.json)()))
}

/// To the page of this document
#[utoipa::path(get, path = "/docs", tag = "About",
    responses((status = 308, description = "To `/docs/`")))]
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// The page of this document
///
/// For people with a browser; an empty name is the page itself.
#[utoipa::path(get, path = "/docs/{file}", tag = "About",
    params(("file" = String, Path, description = "A file of the page", example = "index.html")),
    responses((status = 200, description = "The file", content_type = "text/html")),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn page(Segment(file): Segment<String>) -> Answer {
    let config = Arc::new(Config::from("/openapi.json"));
    let found = utoipa_swagger_ui::serve(&file, config).map_err(|error| {
        tracing::error!(%error, "the docs page cannot be served");
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
    /// The `type` of its documents.
    #[serde(rename = "type")]
    #[schema(example = "/problems/cart-empty")]
    kind: String,
    /// Their `title`.
    #[schema(example = "The cart is empty")]
    title: &'static str,
    /// Their `status`.
    #[schema(example = 409)]
    status: u16,
    /// Their usual `detail`.
    #[schema(example = "put something into the cart first")]
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

/// All kinds of problems
#[utoipa::path(get, path = "/problems", tag = "About",
    responses((status = 200, description = "What can go wrong", body = Vec<ProblemKind>)))]
pub(crate) async fn problems() -> HttpResponse {
    let kinds: Vec<_> = reasons::ALL
        .iter()
        .copied()
        .map(ProblemKind::from)
        .collect();
    HttpResponse::Ok().insert_header(ONE_HOUR).json(kinds)
}

/// One kind of problem
///
/// What a problem's `type` leads to.
#[utoipa::path(get, path = "/problems/{name}", tag = "About",
    params(("name" = String, Path, description = "Last part of the `type`", example = "cart-empty")),
    responses((status = 200, description = "What it means", body = ProblemKind)),
    extensions(("x-problems" = json!(["NOT_FOUND"]))))]
pub(crate) async fn problem(Segment(name): Segment<String>) -> Answer {
    let kind = reasons::by_slug(&name).ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?;
    Ok(HttpResponse::Ok()
        .insert_header(ONE_HOUR)
        .json(ProblemKind::from(kind)))
}
