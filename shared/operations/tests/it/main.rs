#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
//! Against a real RabbitMQ and a real PostgreSQL.

mod audit;
mod letters;
mod outages;
mod support;
