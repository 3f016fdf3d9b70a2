//! End-to-end tests. Timelines, stock, ledger and provider must agree after each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod accounts;
mod after_checkout;
mod attacks;
mod bad_input;
mod browser;
mod buying;
mod card_testing;
mod carts;
mod catalog;
mod challenges;
mod concurrency;
mod database_rights;
mod deadlines;
mod demo;
mod discounts;
mod docs;
mod expiry;
mod failures;
mod finding;
mod invariant_checks;
mod limits;
mod log_lines;
mod mails;
mod observed;
mod one_trace;
mod operators;
mod order_pages;
mod outages;
mod page_tokens;
mod personal_data;
mod progress;
mod returns;
mod search;
mod sessions;
mod shops;
mod staff;
mod telemetry;
mod texts;
mod undo;
mod unknown_outcomes;
mod webhooks;
