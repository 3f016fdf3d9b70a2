//! Tests of `outbox` with a real PostgreSQL and a real RabbitMQ.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod consuming;
mod database_faults;
mod failures;
mod measuring;
mod outage;
mod relaying;
mod replicas;
mod schema;
mod support;
mod tracing;
