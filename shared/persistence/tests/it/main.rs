//! Tests of `persistence` with a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod errors;
mod exclusive;
mod migrate;
mod outage;
mod prepared;
mod spans;
mod streamed;
mod support;
mod tls;
mod transaction;
