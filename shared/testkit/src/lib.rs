//! Real servers for tests: a database, a RabbitMQ virtual host and a Redis prefix per test, and an
//! issuer of tokens. Only for dev-dependencies.
//!
//! `cargo xtask test` starts the servers and sets their addresses in the environment.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a broken test environment fails the test at once"
)]

mod admin;
mod at_drop;
mod broker;
mod certificates;
mod database;
mod eventually;
mod issuer;
mod mail;
mod proxy;
mod redis;
mod replay;
mod spans;
mod sql;
mod tls;
mod token_key;

pub use admin::{is_ready, readiness, scrape};
pub use broker::{Vhost, vhost};
pub use certificates::{Authority, Issued};
pub use database::{TestDatabase, database};
pub use eventually::eventually;
pub use issuer::{Issuer, with_token};
pub use mail::{Behavior, MailServer, ReceivedMail};
pub use proxy::{Backend, Faults, Proxy};
pub use redis::{redis, redis_with_tls};
pub use replay::replay;
pub use spans::{RecordedSpan, Spans};
pub use tls::{server_ca, stranger_ca};
pub use token_key::{TokenKey, token};

/// The secret of a service's tokens in tests: `tokens.secrets`.
pub const TOKEN_SECRET: &str = "for tests only and at least 32 characters";

/// The address of a server that `cargo xtask test` started.
fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run the tests with `cargo xtask test`, which starts the servers"
        )
    })
}

/// A name that no other test has.
fn unique(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}
