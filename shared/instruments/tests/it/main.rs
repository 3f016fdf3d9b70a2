//! Tests of `instruments` with metrics that are defined here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod exposition;
mod openmetrics;
