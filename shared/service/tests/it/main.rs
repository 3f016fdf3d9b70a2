#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
//! Tests of `service` with a real PostgreSQL and a real RabbitMQ.

mod config;
mod faults;
mod lifecycle;
mod messages;
mod program;
mod support;
mod system;
