//! The kinds of metrics and their series. A series is cheap to clone and keep, and updating it needs no
//! lookup.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::{counter, gauge};

use crate::descriptor::Kind;
use crate::exemplars::{self, Trace};
use crate::reading::Reading;

mod family;

pub use family::{Family, Metric};

/// Counts events.
pub type Counter<L = ()> = Family<L, CounterSeries>;
/// A current value. Not exported until it is set, so that a gauge without a value does not appear as 0.
pub type Gauge<L = ()> = Family<L, GaugeSeries>;
/// The distribution of values. A value observed in a recorded trace stores the trace id as an exemplar of
/// its bucket.
pub type Histogram<L = ()> = Family<L, HistogramSeries>;
/// A counter that is kept elsewhere, such as by the kernel. It is set to its current value, which must not
/// decrease.
pub type Total<L = ()> = Family<L, TotalSeries>;

/// One series of a metric.
pub trait Series: Clone + Send + Sync + 'static {
    /// The kind of the metric.
    const KIND: Kind;
    /// Most series that are created with 0 at the registration. A metric with more listed combinations
    /// begins with none.
    const MAX_INITIAL: usize;
    /// A series with the value 0.
    fn new(buckets: &[f64]) -> Self;
    /// The value for the encoder.
    fn encodable(&self) -> impl EncodeMetric;
}

/// One series of a [`Counter`].
#[derive(Debug, Clone)]
pub struct CounterSeries(counter::Counter);

impl CounterSeries {
    /// Adds one.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// Adds `count`.
    pub fn add(&self, count: u64) {
        self.0.inc_by(count);
    }
}

impl Series for CounterSeries {
    const KIND: Kind = Kind::Counter;
    const MAX_INITIAL: usize = 100;

    fn new(_: &[f64]) -> Self {
        Self(counter::Counter::default())
    }

    fn encodable(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.of(()).inc();
    }

    /// Adds `count`.
    pub fn add(&self, count: u64) {
        self.of(()).add(count);
    }
}

/// One series of a [`Gauge`].
#[derive(Debug, Clone)]
pub struct GaugeSeries(gauge::Gauge<f64, AtomicU64>);

impl GaugeSeries {
    /// Sets the value.
    pub fn set(&self, value: impl Reading) {
        self.0.set(value.value());
    }

    /// Adds one.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// Subtracts one.
    pub fn dec(&self) {
        self.0.dec();
    }
}

impl Series for GaugeSeries {
    const KIND: Kind = Kind::Gauge;
    const MAX_INITIAL: usize = 0;

    fn new(_: &[f64]) -> Self {
        Self(gauge::Gauge::default())
    }

    fn encodable(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: impl Reading) {
        self.of(()).set(value);
    }
}

/// One series of a [`Histogram`].
#[derive(Debug, Clone)]
pub struct HistogramSeries(HistogramWithExemplars<Trace>);

impl HistogramSeries {
    /// Observes a value, in the unit of the metric.
    pub fn observe(&self, value: impl Reading) {
        self.put(value, Trace::current());
    }

    /// Observes a value that belongs to the trace of this W3C `traceparent` instead of the current trace.
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
    // Each series has a line for every bucket.
    const MAX_INITIAL: usize = 10;

    fn new(buckets: &[f64]) -> Self {
        Self(HistogramWithExemplars::new(buckets.iter().copied()))
    }

    fn encodable(&self) -> impl EncodeMetric {
        self.0.clone()
    }
}

impl Histogram {
    /// Observes a value, in the unit of the metric.
    pub fn observe(&self, value: impl Reading) {
        self.of(()).observe(value);
    }
}

/// One series of a [`Total`].
#[derive(Debug, Clone)]
pub struct TotalSeries(gauge::Gauge<f64, AtomicU64>);

impl TotalSeries {
    /// Sets the value.
    pub fn set(&self, value: impl Reading) {
        self.0.set(value.value());
    }
}

impl Series for TotalSeries {
    const KIND: Kind = Kind::Counter;
    const MAX_INITIAL: usize = 0;

    fn new(_: &[f64]) -> Self {
        Self(gauge::Gauge::default())
    }

    fn encodable(&self) -> impl EncodeMetric {
        counter::ConstCounter::new(self.0.get())
    }
}

impl Total {
    /// Sets the value.
    pub fn set(&self, value: impl Reading) {
        self.of(()).set(value);
    }
}
