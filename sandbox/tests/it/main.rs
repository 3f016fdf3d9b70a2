//! The sandbox over HTTP, as a client of Stripe uses it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod challenge;
mod controls;
mod delayed;
mod events;
mod idempotency;
mod intents;

mod lists;
mod persistence;
mod receiver;
mod refunds;
mod support;
mod webhooks;
