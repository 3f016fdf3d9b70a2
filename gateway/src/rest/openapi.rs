//! The OpenAPI document: the declarations of the handlers, completed from the URL table.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::web::Bytes;
use serde_json::{Value, json};
use utoipa::{
    OpenApi,
    openapi::{
        self, Components, Content, RefOr, Response, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

mod examples;
mod links;
mod repeated;
mod values;

use self::{examples::Schemas, repeated::Repeated};
use super::routes::{Handlers, TABLE};
use crate::{
    edge::{
        problem::{
            Document, FieldError, MEDIA_TYPE,
            reasons::{self, Kind},
        },
        route::{Access, Class, Row},
    },
    model::Service,
};

const REASONS: &str = "x-problems";
const TOKEN: &str = "access_token";

/// The parts of the document that belong to no handler. Tags are listed in the order of use.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mercantile",
        description = "The public API of the shop. Amounts are in minor units, times are RFC 3339, and every \
            error is a problem document (RFC 9457) with a stable `type`. A head that is malformed, too large or too \
            slow gets `bad-request`, `head-too-large` or `head-timed-out`, whatever its URL."
    ),
    servers((url = "/", description = "The shop that serves this document")),
    tags(
        (name = "Catalog", description = "Search and read products and categories"),
        (name = "Cart", description = "Carts of guests and customers"),
        (name = "Accounts", description = "Register, and read and change the caller's account"),
        (name = "Sessions", description = "Sign in, refresh, sign out, and list where the caller is signed in"),
        (name = "Addresses", description = "The caller's address book"),
        (name = "Orders", description = "Check out, and follow orders"),
        (name = "Payments", description = "Payments and refunds of orders"),
        (name = "Returns", description = "Returns of orders: customers ask, staff decide"),
        (name = "Webhooks", description = "Events of the payment provider"),
        (name = "Staff", description = "Products, stock, shipping and the ledger"),
        (name = "Operations", description = "Sagas, dead letters, reconciliations and the audit log"),
        (name = "About", description = "This document, the start page and the kinds of problems"),
        (name = "Keys", description = "The keys that sign and verify access tokens"),
    ),
    components(schemas(Document, FieldError, Service))
)]
struct Api;

/// The document as served, cached for the process. Committed as `docs/openapi.json`.
pub fn json() -> Bytes {
    static JSON: LazyLock<Bytes> = LazyLock::new(|| pretty().into_bytes().into());
    JSON.clone()
}

/// What happens if a `POST` without an idempotency key is sent again: `same`, `refused` or `again`; none if its operation
/// id is unknown.
pub fn repeated(operation: &str) -> Option<&'static str> {
    Repeated::of(operation).map(Repeated::name)
}

/// The document as pretty-printed JSON.
pub fn pretty() -> String {
    let mut document = Api::openapi().merge_from(Handlers::openapi());
    complete(&mut document);
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Adds the security scheme, and the operation ids, access and problems of the table's rows.
fn complete(document: &mut openapi::OpenApi) {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The `access_token` of a session"));
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme.build()));
    values::complete_schemas(components);
    let schemas = Schemas::of(components);
    for row in TABLE {
        let item = document.paths.paths.get_mut(row.path);
        let operation = item.and_then(|item| match row.method {
            "GET" => item.get.as_mut(),
            "POST" => item.post.as_mut(),
            "PUT" => item.put.as_mut(),
            "PATCH" => item.patch.as_mut(),
            "DELETE" => item.delete.as_mut(),
            _ => None,
        });
        if let Some(operation) = operation {
            describe(row, operation);
            values::complete_parameters(operation);
            links::add(row.name, operation);
            schemas.complete(operation);
        }
    }
}

fn describe(row: &Row, operation: &mut Operation) {
    operation.operation_id = Some(row.name.to_owned());
    let token = SecurityRequirement::new(TOKEN, [""; 0]);
    operation.security = match row.access {
        Access::Public => None,
        Access::Optional => Some(vec![SecurityRequirement::default(), token]),
        Access::SignedIn | Access::Staff(_) | Access::RecentStaff(_) => Some(vec![token]),
    };
    if let Access::Staff(groups) | Access::RecentStaff(groups) = row.access {
        let recent = match row.access {
            Access::RecentStaff(_) => ", with a second factor that was proved in the last minutes",
            _ => "",
        };
        let text = operation.description.take().unwrap_or_default();
        operation.description = Some(format!(
            "{text}\n\nStaff in one of the groups: {groups}{recent}."
        ));
    }
    if row.method == "POST"
        && let Some(repeated) = Repeated::of(row.name)
    {
        let text = operation.description.take().unwrap_or_default();
        operation.description = Some(format!("{text}\n\n{}", repeated.sentence()));
    }
    let mut by_status: BTreeMap<u16, Vec<&'static Kind>> = BTreeMap::new();
    for kind in kinds(row, operation) {
        by_status.entry(kind.status).or_default().push(kind);
    }
    for (status, kinds) in by_status {
        let response = RefOr::T(response(row.path, &kinds));
        operation
            .responses
            .responses
            .insert(status.to_string(), response);
    }
}

/// The kinds that the handler declares in `x-problems`, and those that its row implies.
fn kinds(row: &Row, operation: &Operation) -> Vec<&'static Kind> {
    let named = operation
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get(REASONS))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let mut kinds: Vec<&'static Kind> = named
        .filter_map(|reason| {
            reasons::ALL
                .iter()
                .copied()
                .find(|kind| kind.reason == reason)
        })
        .collect();
    kinds.push(&reasons::RATE_LIMITED);
    if row.access.uses_caller() {
        kinds.extend([&reasons::TOKEN_INVALID, &reasons::TOKEN_EXPIRED]);
        if !kinds.contains(&&reasons::HEADER_INVALID) {
            kinds.push(&reasons::HEADER_INVALID);
        }
    }
    match row.access {
        Access::Public | Access::Optional => {}
        Access::SignedIn => kinds.push(&reasons::TOKEN_MISSING),
        Access::Staff(_) | Access::RecentStaff(_) => kinds.extend([
            &reasons::TOKEN_MISSING,
            &reasons::STEP_UP_REQUIRED,
            &reasons::FORBIDDEN,
        ]),
    }
    if row.class == Class::Search {
        kinds.push(&reasons::NOT_ACCEPTABLE);
    }
    // Also a slug: a segment is UTF-8 without control characters.
    if row.path.contains('{') {
        kinds.push(&reasons::PATH_INVALID);
    }
    if operation.parameters.iter().flatten().any(is_query) {
        kinds.push(&reasons::QUERY_INVALID);
    }
    if operation.request_body.is_some() {
        kinds.extend([
            &reasons::JSON_INVALID,
            &reasons::BODY_TIMED_OUT,
            &reasons::BODY_TOO_LARGE,
        ]);
    }
    // Webhooks are accepted with any Content-Type, and are not read here.
    if operation.request_body.is_some() && row.class != Class::Webhook {
        kinds.push(&reasons::BODY_TYPE_UNSUPPORTED);
        if !kinds.contains(&&reasons::VALIDATION_FAILED) {
            kinds.push(&reasons::VALIDATION_FAILED);
        }
    }
    let is_answered_by_services = ["/api/", "/.well-known/", "/webhooks/"]
        .into_iter()
        .any(|start| row.path.starts_with(start));
    if is_answered_by_services {
        kinds.extend([
            &reasons::INTERNAL,
            &reasons::OVERLOADED,
            &reasons::UNAVAILABLE,
            &reasons::DEADLINE_EXCEEDED,
        ]);
    }
    kinds
}

fn is_query(parameter: &RefOr<openapi::path::Parameter>) -> bool {
    match parameter {
        RefOr::T(parameter) => parameter.parameter_in == openapi::path::ParameterIn::Query,
        RefOr::Ref(_) => false,
    }
}

fn response(path: &str, kinds: &[&'static Kind]) -> Response {
    let titles: Vec<_> = kinds
        .iter()
        .map(|kind| format!("{} (`{}`)", kind.title, kind.uri()))
        .collect();
    let mut content = Content::new(Some(openapi::Ref::from_schema_name("Problem")));
    content.example = kinds.first().map(|kind| {
        json!({
            "type": kind.uri(),
            "title": kind.title,
            "status": kind.status,
            "detail": kind.detail,
            "instance": path,
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        })
    });
    ResponseBuilder::new()
        .description(titles.join("; "))
        .content(MEDIA_TYPE, content)
        .build()
}
