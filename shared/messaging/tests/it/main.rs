//! Tests of `messaging` with a real RabbitMQ.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod accounts;
mod consuming;
mod dead_letters;
mod fan_out;
mod forgeries;
mod measuring;
mod outage;
mod publishing;
mod support;
mod tls;
mod unrouted;
