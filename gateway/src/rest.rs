//! The JSON API: one handler per row of the table in `routes`. A handler makes a call of a service out
//! of a request, and JSON out of its answer; rules live in the services.

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
pub(crate) mod request;
pub mod routes;
mod sagas;
mod sessions;
mod stock;
mod webhooks;
