use std::net::IpAddr;

use kernel::UserId;

use super::config::{Rate, Rates};
use crate::edge::client_address::network;

/// A counter that a request is charged to.
pub(super) struct Charge {
    pub(super) key: String,
    pub(super) rate: Rate,
}

/// The result of a request's charges, for the counter with the least remaining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// False if a limit rejects the request.
    pub(super) allowed: bool,
    /// Index of that counter in the request's charges.
    pub(super) index: usize,
    /// Requests that are allowed immediately.
    pub(super) remaining: u64,
    /// Microseconds until the next request is allowed; 0 if this one was.
    pub(super) wait_us: u64,
    /// Microseconds until the full burst is available.
    pub(super) reset_us: u64,
}

/// The counters of a request: its client address, and its account when it is signed in.
pub(super) fn charges(
    name: &str,
    rates: Rates,
    address: Option<IpAddr>,
    user: Option<UserId>,
) -> Vec<Charge> {
    let by_address = address.map(|address| Charge {
        key: format!("{name}:ip:{}", network(address)),
        rate: rates.per_ip,
    });
    let by_user = user.map(|user| Charge {
        key: format!("{name}:user:{user}"),
        rate: rates.per_user,
    });
    by_address.into_iter().chain(by_user).collect()
}
