//! The gateway over HTTP, in front of services that answer what a test wants.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod accounts;
mod away;
mod cache;
mod carts;
mod catalog;
mod dead_letters;
mod document;
mod failures;
mod fake;
mod headers;
mod limits;
mod orders;
mod process;
mod promises;
mod reconciliations;
mod requests;
mod sagas;
mod samples;
mod shop;
mod webhooks;
