//! How long orders take to be confirmed.

use serde::Serialize;

/// Percentiles of the time from placed to confirmed.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Latency {
    /// How many orders were measured.
    pub orders: usize,
    /// The median, in milliseconds.
    pub p50_ms: u64,
    /// The 99th percentile, in milliseconds.
    pub p99_ms: u64,
}

impl Latency {
    /// Percentiles of `times_ms`, by nearest rank; zero when it is empty.
    #[must_use]
    pub fn of(mut times_ms: Vec<u64>) -> Self {
        times_ms.sort_unstable();
        let at = |percent: usize| {
            let rank = (times_ms.len() * percent).div_ceil(100).saturating_sub(1);
            times_ms.get(rank).copied().unwrap_or_default()
        };
        Self {
            orders: times_ms.len(),
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn percentiles_use_the_nearest_rank() {
        let latency = Latency::of((1..=100).rev().collect());
        assert_eq!(
            (latency.orders, latency.p50_ms, latency.p99_ms),
            (100, 50, 99)
        );
        let few = Latency::of(vec![7, 3]);
        assert_eq!((few.p50_ms, few.p99_ms), (3, 7));
        assert_eq!(Latency::of(Vec::new()).p99_ms, 0);
    }
}
