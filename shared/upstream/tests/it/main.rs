//! Tests of `upstream` with real sockets and servers of `chassis`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod balancer;
mod each;
#[path = "../../../chassis/tests/it/support.rs"]
#[allow(dead_code, reason = "the tests of the chassis use the rest")]
mod support;
mod tls;
mod upstream;
