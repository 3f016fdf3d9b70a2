//! The list of metrics, and what is made of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod conventions;
mod docs;
mod exposition;
mod observability;
mod openmetrics;
