#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
//! Services against a real PostgreSQL and a real RabbitMQ.

mod config;
mod life;
mod messages;
mod program;
mod support;
