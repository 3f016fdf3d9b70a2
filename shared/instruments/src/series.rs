//! The kinds of metrics, and one series of each. A series is cheap to clone and keep: counting on it
//! costs no lookup.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::{counter, gauge};

use crate::descriptor::Kind;
use crate::exemplars::{self, Trace};
use crate::reading::Reading;

mod family;

pub use family::{Family, Metric};

/// Counts what happened.
pub type Counter<L = ()> = Family<L, CounterSeries>;
/// Shows how much there is now. Not there until it is set: a gauge that was never read must not look
/// like 0.
pub type Gauge<L = ()> = Family<L, GaugeSeries>;
/// Shows how often there was how much. What is observed within a recorded trace leaves the trace's id as
/// an exemplar of its bucket.
pub type Histogram<L = ()> = Family<L, HistogramSeries>;
/// A counter that is kept elsewhere, such as by the kernel: its present value is set, never to one that
/// is smaller than before.
pub type Total<L = ()> = Family<L, TotalSeries>;

/// One series of a metric.
pub trait Series: Clone + Send + Sync + 'static {
    /// Of the metric.
    const KIND: Kind;
    /// A metric with more known series begins with none.
    const STARTED_AT_MOST: usize;
    /// At 0.
    fn new(buckets: &[f64]) -> Self;
    /// As the encoder takes it.
    fn form(&self) -> impl EncodeMetric;
}

/// One series of a [`Counter`].
#[derive(Debug, Clone)]
pub struct CounterSeries(counter::Counter);

impl CounterSeries {
    /// Counts one.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// Counts `several`.
    pub fn add(&self, several: u64) {
        self.0.inc_by(several);
    }
}

impl Series for CounterSeries {
    const KIND: Kind = Kind::Counter;
    const STARTED_AT_MOST: usize = 100;

    fn new(_: &[f64]) -> Self {
        Self(counter::Counter::default())
    }

    fn form(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Counter {
    /// Counts one.
    pub fn inc(&self) {
        self.of(()).inc();
    }

    /// Counts `several`.
    pub fn add(&self, several: u64) {
        self.of(()).add(several);
    }
}

/// One series of a [`Gauge`].
#[derive(Debug, Clone)]
pub struct GaugeSeries(gauge::Gauge<f64, AtomicU64>);

impl GaugeSeries {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.0.set(value.value());
    }

    /// One more.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// One less.
    pub fn dec(&self) {
        self.0.dec();
    }
}

impl Series for GaugeSeries {
    const KIND: Kind = Kind::Gauge;
    const STARTED_AT_MOST: usize = 0;

    fn new(_: &[f64]) -> Self {
        Self(gauge::Gauge::default())
    }

    fn form(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Gauge {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.of(()).set(value);
    }
}

/// One series of a [`Histogram`].
#[derive(Debug, Clone)]
pub struct HistogramSeries(HistogramWithExemplars<Trace>);

impl HistogramSeries {
    /// Takes a value in: in the metric's unit, or a time.
    pub fn observe(&self, value: impl Reading) {
        self.put(value, Trace::current());
    }

    /// The same for what belongs to the trace of this W3C `traceparent`, whatever the current one is.
    pub fn observe_for(&self, value: impl Reading, traceparent: Option<&str>) {
        self.put(value, traceparent.and_then(Trace::of));
    }

    fn put(&self, value: impl Reading, trace: Option<Trace>) {
        let time = trace.map(|_| exemplars::now());
        self.0.observe(value.value(), trace, time);
    }
}

impl Series for HistogramSeries {
    const KIND: Kind = Kind::Histogram;
    /// Each has a line for every bucket.
    const STARTED_AT_MOST: usize = 10;

    fn new(buckets: &[f64]) -> Self {
        Self(HistogramWithExemplars::new(buckets.iter().copied()))
    }

    fn form(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Histogram {
    /// Takes a value in: in the metric's unit, or a time.
    pub fn observe(&self, value: impl Reading) {
        self.of(()).observe(value);
    }
}

/// One series of a [`Total`].
#[derive(Debug, Clone)]
pub struct TotalSeries(gauge::Gauge<f64, AtomicU64>);

impl TotalSeries {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.0.set(value.value());
    }
}

impl Series for TotalSeries {
    const KIND: Kind = Kind::Counter;
    const STARTED_AT_MOST: usize = 0;

    fn new(_: &[f64]) -> Self {
        Self(gauge::Gauge::default())
    }

    fn form(&self) -> impl EncodeMetric {
        counter::ConstCounter::new(self.0.get())
    }
}

impl Total {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.of(()).set(value);
    }
}
