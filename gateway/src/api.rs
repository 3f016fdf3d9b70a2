//! The handlers: one per row of the URL table. Each makes a request for a service out of an HTTP
//! request and JSON out of its answer; rules live in the services.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use serde::Serialize;

use crate::problem::{Problem, reasons};

pub(crate) mod accounts;
pub(crate) mod actions;
pub(crate) mod addresses;
pub(crate) mod carts;
pub(crate) mod categories;
pub(crate) mod dead_letters;
pub(crate) mod ledger;
pub(crate) mod orders;
pub(crate) mod products;
pub(crate) mod reconciliations;
pub(crate) mod refunds;
pub(crate) mod sagas;
pub(crate) mod sessions;
pub(crate) mod stock;
pub(crate) mod webhooks;

/// What a handler answers.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// A JSON answer that is this caller's alone.
fn private(mut response: HttpResponseBuilder, body: &impl Serialize) -> Answer {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(response.content_type("application/json").body(json(body)?))
}

/// 200 with a JSON body that is this caller's alone.
fn ok(body: &impl Serialize) -> Answer {
    private(HttpResponse::Ok(), body)
}

/// 201 with the address of what was made.
fn created(location: String, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    private(response, body)
}

/// 202 with the address of what goes on by itself.
fn accepted(location: String, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Accepted();
    response.insert_header((header::LOCATION, location));
    private(response, body)
}

fn no_content() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::new(&reasons::INTERNAL)
    })
}
