//! The sandbox over HTTP, as a client of Stripe sees it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod access;
mod app;
mod controls;
mod idempotency;
mod intents;
mod lists;
mod refunds;
