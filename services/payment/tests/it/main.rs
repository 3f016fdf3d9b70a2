//! Runs `payment` in this process, with PostgreSQL, RabbitMQ and the sandbox as its provider.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod captures;
mod challenges;
mod chaos;
mod commands;
mod crashes;
mod currencies;
mod declines;
mod expiries;
mod indexes;
mod ledger;
mod outages;
mod policy;
mod process;
mod reconciliation;
mod refunds;
mod retention;
mod sets;
mod sql;
mod staff_records;
mod support;
mod unknown;
mod voids;
mod webhook_sender;
mod webhooks;
