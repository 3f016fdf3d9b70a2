//! The JSON API: one handler per row of the table in `routes`. A handler parses a request, calls a
//! service through `upstreams` and returns the model as JSON. Business rules live in the services.

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
pub(crate) mod answer;
mod carts;
mod categories;
mod credentials;
mod customers;
mod dead_letters;
mod discounts;
mod docs;
mod ledger;
pub mod openapi;
mod order_events;
pub(crate) mod order_page;
mod orders;
mod own_sessions;
mod products;
pub(crate) mod reconciliations;
mod refunds;
pub(crate) mod request;
mod returns;
pub mod routes;
mod sagas;
mod second_factor;
mod sessions;
mod staff_members;
mod staff_products;
mod stock;
mod webhooks;

pub(crate) use request::BodyMemory;

/// Registers the table.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.app_data(Data::from(docs::document(openapi::json)));
    table::register(
        config,
        routes::TABLE,
        routes::handlers(),
        table::api,
        |allow| Error::from(Problem::new(&reasons::METHOD_NOT_ALLOWED).allow(allow)),
    );
}
