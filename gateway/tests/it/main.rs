//! The gateway over HTTP, in front of fake services.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod accounts;
mod api_table;
mod cache;
mod carts;
mod catalog;
mod changes;
mod compatibility;
mod connections;
mod contract_reasons;
mod credentials;
mod customers;
mod dead_letters;
mod discounts;
mod docs;
mod document;
mod failures;
mod fake;
mod headers;
mod json_bodies;
mod limits;
mod order_events;
mod order_page;
mod orders;
mod outages;
mod pages;
mod process;
mod raw;
mod reconciliations;
mod requests;
mod returns;
mod sagas;
mod samples;
mod second_factor;
mod shop;
mod staff_members;
mod webhooks;
