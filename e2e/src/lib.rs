//! Runs the shop in a test: all processes in the test's process, on real servers. Tests use its public API.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a shop that does not work fails the test"
)]

mod customer;
mod http;
mod money;
mod shop;

pub use client::Answer;
pub use customer::{Customer, PASSWORD};
pub use http::http_client;
pub use money::Money;
pub use shop::{CONTROL_HEADER, Proxies, Settings, Shop};
