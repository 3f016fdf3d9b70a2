//! `payment` in this process, on a real PostgreSQL and RabbitMQ, with the sandbox as its provider.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod captures;
mod challenges;
mod commands;
mod crashes;
mod declines;
mod expiries;
mod indexes;
mod ledger;
mod outages;
mod policy;
mod postman;
mod process;
mod reconciliation;
mod refunds;
mod retention;
mod sets;
mod sql;
mod storm;
mod support;
mod unknown;
mod voids;
mod webhooks;
