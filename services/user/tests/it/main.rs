//! `user` in this process, over gRPC, on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and make up the time"
)]

mod accounts;
mod addresses;
mod credentials;
mod customers;
mod guessing;
mod key_revocation;
mod mail;
mod outage;
mod passwords;
mod policy;
mod second_factor;
mod secrecy;
mod seed;
mod sessions;
mod signing_keys;
mod staff;
mod staff_records;
mod support;
