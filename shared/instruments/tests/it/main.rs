//! The list of metrics, and what is made of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read UPDATE_DOCS"
)]

mod conventions;
mod docs;
mod exposition;
mod observability;
mod openmetrics;
