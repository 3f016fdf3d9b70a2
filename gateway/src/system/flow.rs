//! Calls or messages between two places: counters of one reading, the difference of two, and what it says.

use std::time::Duration;

/// Counters of calls or messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flow {
    pub(super) calls: f64,
    pub(super) failed: f64,
    pub(super) seconds: Distribution,
}

/// A histogram: its cumulative buckets by upper bound, ascending, and its sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Distribution {
    buckets: Vec<(f64, f64)>,
    sum: f64,
}

/// How much passes, how much of it fails, and how long it takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Traffic {
    /// Calls or messages per second.
    pub(crate) per_second: f64,
    /// Share that failed, 0 to 1.
    pub(crate) error_share: f64,
    /// Mean duration in milliseconds; none without traffic.
    pub(crate) mean_ms: Option<f64>,
    /// 95th percentile of the duration in milliseconds; none without traffic.
    pub(crate) p95_ms: Option<f64>,
}

impl Flow {
    /// Adds `calls`, which failed or not.
    pub(super) fn count(&mut self, calls: f64, has_failed: bool) {
        self.calls += calls;
        if has_failed {
            self.failed += calls;
        }
    }

    /// Adds the flow of another replica.
    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.seconds.add(&other.seconds);
    }

    /// What passed since an earlier reading of the same process.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            calls: increase(self.calls, earlier.calls),
            failed: increase(self.failed, earlier.failed),
            seconds: self.seconds.since(&earlier.seconds),
        }
    }

    /// What this flow is per second, if it passed in `time`.
    pub(super) fn traffic(&self, time: Duration) -> Traffic {
        let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
        let count = self.seconds.count();
        let is_measured = count > 0.0;
        Traffic {
            per_second: self.calls / seconds,
            error_share: match self.calls > 0.0 {
                true => (self.failed / self.calls).clamp(0.0, 1.0),
                false => 0.0,
            },
            mean_ms: is_measured.then(|| self.seconds.sum / count * 1_000.0),
            p95_ms: self.seconds.quantile(0.95).map(|seconds| seconds * 1_000.0),
        }
    }
}

impl Distribution {
    /// Adds a sample of a histogram: `_bucket` with its bound, or `_sum`.
    pub(super) fn read(&mut self, suffix: &str, bound: &str, value: f64) {
        match (suffix, bound.parse::<f64>()) {
            ("_bucket", Ok(bound)) => self.bucket(bound, value),
            ("_sum", _) => self.sum += value,
            _ => {}
        }
    }

    fn bucket(&mut self, bound: f64, count: f64) {
        let position = self.buckets.partition_point(|(other, _)| *other < bound);
        match self.buckets.get_mut(position) {
            Some((other, total)) if other.total_cmp(&bound).is_eq() => *total += count,
            _ => self.buckets.insert(position, (bound, count)),
        }
    }

    fn add(&mut self, other: &Self) {
        for (bound, count) in &other.buckets {
            self.bucket(*bound, *count);
        }
        self.sum += other.sum;
    }

    fn since(&self, earlier: &Self) -> Self {
        let before = |bound: f64| {
            let same = |(other, _): &&(f64, f64)| other.total_cmp(&bound).is_eq();
            earlier.buckets.iter().find(same).map_or(0.0, |(_, n)| *n)
        };
        let buckets = self.buckets.iter();
        Self {
            buckets: buckets
                .map(|(bound, count)| (*bound, increase(*count, before(*bound))))
                .collect(),
            sum: increase(self.sum, earlier.sum),
        }
    }

    /// The number of values: the last bucket is `+Inf`.
    fn count(&self) -> f64 {
        self.buckets.last().map_or(0.0, |(_, count)| *count)
    }

    /// The value below which this share of the values is, interpolated within its bucket, as Prometheus does. Above the
    /// last finite bound: that bound.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.count();
        if total <= 0.0 {
            return None;
        }
        let rank = share * total;
        let (mut lower, mut below) = (0.0, 0.0);
        for (bound, count) in &self.buckets {
            if *count >= rank && bound.is_finite() && *count > below {
                return Some(lower + (bound - lower) * (rank - below) / (count - below));
            }
            if bound.is_finite() {
                (lower, below) = (*bound, *count);
            }
        }
        Some(lower)
    }
}

/// The increase of a counter. A counter that decreased was restarted, and began at 0.
pub(super) fn increase(now: f64, earlier: f64) -> f64 {
    if now >= earlier { now - earlier } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(calls: f64, failed: f64, buckets: &[(&str, f64)], sum: f64) -> Flow {
        let mut flow = Flow::default();
        flow.count(calls - failed, false);
        flow.count(failed, true);
        for (bound, count) in buckets {
            flow.seconds.read("_bucket", bound, *count);
        }
        flow.seconds.read("_sum", "", sum);
        flow
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[track_caller]
    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap_or(f64::NAN);
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn traffic_is_the_difference_of_two_readings() {
        let first = flow(
            10.0,
            1.0,
            &[("0.1", 8.0), ("1.0", 10.0), ("+Inf", 10.0)],
            2.0,
        );
        let second = flow(
            30.0,
            6.0,
            &[("0.1", 18.0), ("1.0", 30.0), ("+Inf", 30.0)],
            8.0,
        );
        let traffic = second.since(&first).traffic(2 * SECOND);
        near(Some(traffic.per_second), 10.0);
        near(Some(traffic.error_share), 0.25);
        near(traffic.mean_ms, 300.0);
        // The 19th of 20: 10 are below 0.1 s, 10 between 0.1 and 1 s.
        near(traffic.p95_ms, 910.0);
    }

    #[test]
    fn a_restarted_process_counts_from_zero() {
        let before = flow(100.0, 50.0, &[("1.0", 100.0), ("+Inf", 100.0)], 70.0);
        let after = flow(4.0, 0.0, &[("1.0", 4.0), ("+Inf", 4.0)], 2.0);
        let traffic = after.since(&before).traffic(SECOND);
        near(Some(traffic.per_second), 4.0);
        near(traffic.mean_ms, 500.0);
    }

    #[test]
    fn without_traffic_there_is_no_duration() {
        let flow = flow(5.0, 5.0, &[("1.0", 5.0), ("+Inf", 5.0)], 1.0);
        let traffic = flow.since(&flow).traffic(SECOND);
        assert_eq!(traffic, Traffic::default());
    }

    #[test]
    fn replicas_are_added() {
        let mut sum = flow(2.0, 0.0, &[("0.1", 2.0), ("+Inf", 2.0)], 0.1);
        sum.add(&flow(2.0, 2.0, &[("0.1", 0.0), ("+Inf", 2.0)], 4.0));
        let traffic = sum.traffic(SECOND);
        near(Some(traffic.error_share), 0.5);
        near(traffic.mean_ms, 1_025.0);
        // Above the last bound, the bound is all that is known.
        near(traffic.p95_ms, 100.0);
    }
}
