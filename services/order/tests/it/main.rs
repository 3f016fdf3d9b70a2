//! The real service in this process, on a real PostgreSQL and RabbitMQ. A fake stands in for the catalog's
//! gRPC server, and another for both participants of the saga on the broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod batches;
mod cancelling;
mod carts;
mod challenges;
mod checkout;
mod deadlines;
mod declines;
mod discount_codes;
mod discount_uses;
mod discounts;
mod expiry;
mod finding;
mod finding_cost;
mod idempotency;
mod late_replies;
mod merging;
mod numbers;
mod operator_actions;
mod outages;
mod payable;
mod placing;
mod reading;
mod refunds;
mod replicas;
mod retention;
mod returning;
mod returns;
mod sagas;
mod shipping;
mod staff_records;
mod support;
mod timelines;
mod unsellable;
mod validation;
