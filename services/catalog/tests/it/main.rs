//! Runs `catalog` in this process, with gRPC, PostgreSQL, RabbitMQ and Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and set the time"
)]

mod archive;
mod cache;
mod categories;
mod concurrency;
mod currencies;
mod exact;
mod generated;
mod invariants;
mod listing;
mod offers;
mod outage;
mod paging;
mod policy;
mod reads;
mod repeated;
mod reservations;
mod search;
mod search_rebuild;
mod staff_records;
mod support;
mod validation;
mod writes;
