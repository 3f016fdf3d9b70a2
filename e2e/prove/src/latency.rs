//! How long orders take.

use serde::Serialize;

/// From placed to confirmed.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Latency {
    /// Orders that were measured.
    pub orders: usize,
    /// Half of them took at most this, in milliseconds.
    pub p50_ms: u64,
    /// 99 of 100 took at most this, in milliseconds.
    pub p99_ms: u64,
}

impl Latency {
    /// Of these, in milliseconds.
    #[must_use]
    pub fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(rank).copied().unwrap_or_default()
        };
        Self {
            orders: times.len(),
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}
