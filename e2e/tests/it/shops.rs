//! Settings that several topics open a shop with.

use e2e::Shop;

/// No limits of requests, because all callers of a test have one address, and processes that learn of a test's key soon.
pub(crate) fn open_to_many_calls() -> Vec<(&'static str, &'static str, &'static str)> {
    [("gateway", "rate_limit.enabled", "false")]
        .into_iter()
        .chain(Shop::FINDS_KEYS_SOON.iter().copied())
        .collect()
}
