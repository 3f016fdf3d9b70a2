//! The metrics, a file for each subject.

use crate::about::{Instrument, Process};

pub mod cache;
pub mod catalog;
pub mod database;
pub mod gateway;
pub mod http;
pub mod messages;
pub mod order;
pub mod outbox;
pub mod payment;
pub mod process;
pub mod rpc;
pub mod runtime;
pub mod sandbox;
pub mod upstream;
pub mod user;

/// Every metric there is, by room.
pub static ALL: &[&[&dyn Instrument]] = &[
    http::ALL,
    rpc::ALL,
    upstream::ALL,
    database::ALL,
    messages::ALL,
    outbox::ALL,
    cache::ALL,
    gateway::ALL,
    user::ALL,
    catalog::ALL,
    order::ALL,
    payment::ALL,
    sandbox::ALL,
    process::ALL,
    runtime::ALL,
];

const EVERYONE: &[Process] = &Process::ALL;
/// Who has a database, and answers RPCs.
const SERVICES: &[Process] = &[
    Process::Catalog,
    Process::Order,
    Process::Payment,
    Process::User,
];
/// Who takes messages off queues that it shares with its replicas.
const CONSUMERS: &[Process] = SERVICES;
/// Who has a connection to the broker.
const ON_THE_BROKER: &[Process] = &[
    Process::Gateway,
    Process::Catalog,
    Process::Order,
    Process::Payment,
    Process::User,
];
/// Who calls other processes. `user` asks nobody.
const CALLERS: &[Process] = &[
    Process::Gateway,
    Process::Catalog,
    Process::Order,
    Process::Payment,
];
const GATEWAY: &[Process] = &[Process::Gateway];
const USER: &[Process] = &[Process::User];
const CATALOG: &[Process] = &[Process::Catalog];
const ORDER: &[Process] = &[Process::Order];
const PAYMENT: &[Process] = &[Process::Payment];
const SANDBOX: &[Process] = &[Process::Sandbox];

/// Upper bounds in seconds of what somebody waits for: from a cache hit to a call that waited for its
/// deadline. 0.25 is among them, for the budgets of the SLOs.
const WAITED_FOR: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Upper bounds in seconds of what is over in no time when all is well.
const SHORT: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Upper bounds in seconds of what may take a bank, a customer or an outage: up to an hour.
const LONG: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
];
/// How many at once.
const AT_ONCE: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The metrics of a room: `pub static`s, whose documentation is their help, and the list of them, so
/// that none can be left out of it.
macro_rules! room {
    ($(#[doc = $help:literal] $name:ident: $kind:ident<$labels:literal> = new($($argument:expr),+ $(,)?);)+) => {
        $(
            #[doc = $help]
            pub static $name: $crate::$kind<$labels> = $crate::$kind::new($help, $($argument),+);
        )+

        /// The metrics of this room.
        pub static ALL: &[&dyn $crate::Instrument] = &[$(&$name),+];
    };
}
use room;
