//! The promise, end to end: what customers are told, the stock, the ledger and the provider agree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod after_the_sale;
mod bad_input;
mod buying;
mod challenges;
mod crowd;
mod deadlines;
mod docs;
mod expiry;
mod failures;
mod log_lines;
mod mails;
mod one_trace;
mod operators;
mod outages;
mod personal_data;
mod planted;
mod telemetry;
mod unclear;
mod undo;
mod watched;
mod webhooks;
