//! outbox on a real PostgreSQL and a real RabbitMQ.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod consuming;
mod crowd;
mod failures;
mod measuring;
mod outage;
mod relaying;
mod schema;
mod support;
mod tracing;
mod trouble;
