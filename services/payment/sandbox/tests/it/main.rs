//! The sandbox over HTTP, as a client of Stripe sees it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod access;
mod controls;
mod idempotency;
mod intents;
mod lists;
mod refunds;
mod support;
