//! The JSON API: one handler per row of the table in `routes`. A handler reads a request, makes a call
//! by `upstreams` and writes the model that it returns as JSON. Rules live in the services.

use actix_web::{
    Error,
    web::{self, Data},
};

use crate::edge::{
    problem::{Problem, reasons},
    table,
};

mod accounts;
mod actions;
mod addresses;
mod answer;
mod carts;
mod categories;
mod dead_letters;
mod docs;
mod ledger;
pub mod openapi;
mod orders;
mod products;
mod reconciliations;
mod refunds;
mod request;
pub mod routes;
mod sagas;
mod sessions;
mod stock;
mod webhooks;

/// Registers the table. Every other URL is a problem.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.app_data(Data::new(docs::Document {
        json: openapi::json,
    }));
    table::register(config, routes::TABLE, routes::handlers(), |allow| {
        Error::from(Problem::new(&reasons::METHOD_NOT_ALLOWED).allow(allow))
    });
    config.default_service(web::to(async || {
        Err::<String, _>(Problem::new(&reasons::NOT_FOUND))
    }));
}
