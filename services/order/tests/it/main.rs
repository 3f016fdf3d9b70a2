//! The real service in this process, on a real PostgreSQL and RabbitMQ. The test plays the catalog's
//! gRPC server, and both participants of the saga on the broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod authentication;
mod batches;
mod cancelling;
mod carts;
mod checkout;
mod deadlines;
mod discounts;
mod expiry;
mod idempotency;
mod keeping;
mod late;
mod outages;
mod placing;
mod reading;
mod refunds;
mod replicas;
mod sagas;
mod shipping;
mod support;
mod validation;
