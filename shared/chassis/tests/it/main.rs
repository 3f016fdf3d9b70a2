//! Tests of `chassis` with real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod admin;
mod auth;
mod config;
mod lifecycle;
mod process;
mod server;
mod support;
mod telemetry;
