//! `payment` in this process, on a real PostgreSQL and RabbitMQ, with the sandbox as its provider.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod captures;
mod commands;
mod crashes;
mod declines;
mod ledger;
mod outages;
mod policy;
mod refunds;
mod retention;
mod sql;
mod support;
mod voids;
