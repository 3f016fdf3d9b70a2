//! `catalog` in this process, over gRPC and a real broker, on real PostgreSQL and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and make up the time"
)]

mod cache;
mod categories;
mod generated;
mod invariants;
mod listing;
mod outage;
mod paging;
mod policy;
mod reservations;
mod search;
mod support;
mod validation;
mod writes;
