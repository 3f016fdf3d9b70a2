//! The whole shop in a test: every process in-process, on real servers, through its public API.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a broken shop fails the test at once"
)]

mod customer;
mod money;
mod shop;

pub use client::Answer;
pub use customer::Customer;
pub use money::Money;
pub use shop::{Settings, Shop, Ways};
