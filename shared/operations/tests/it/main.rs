#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
//! Tests of `operations` with a real RabbitMQ and a real PostgreSQL.

mod audit;
mod letters;
mod outages;
mod support;
