use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;

use crate::about::{About, Instrument, Kind, Process};
use crate::exemplars::{self, Trace};
use crate::label::Label;
use crate::reading::Reading;
use crate::series::Series;

/// More series are not made beforehand: each has a line for every bucket.
const STARTED_AT_MOST: usize = 10;

/// Shows how often there was how much. With `N` labels. What is observed within a recorded trace
/// leaves the trace's id as an exemplar of its bucket.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    about: About,
    series: Series<N, HistogramSeries>,
}

/// One series of a [`Histogram`]. Cheap to clone and keep: observing on it costs no lookup.
#[derive(Debug, Clone)]
pub struct HistogramSeries(HistogramWithExemplars<Trace>);

impl HistogramSeries {
    fn new(buckets: &'static [f64]) -> Self {
        Self(HistogramWithExemplars::new(buckets.iter().copied()))
    }

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

impl<const N: usize> Histogram<N> {
    pub(crate) const fn new(
        help: &'static str,
        name: &'static str,
        labels: [Label; N],
        processes: &'static [Process],
        buckets: &'static [f64],
    ) -> Self {
        Self {
            about: About {
                name,
                help,
                kind: Kind::Histogram,
                processes,
                buckets,
            },
            series: Series::new(labels),
        }
    }

    /// The series of these label values.
    pub fn of(&self, values: [&str; N]) -> HistogramSeries {
        let buckets = self.about.buckets;
        self.series.of(values, || HistogramSeries::new(buckets))
    }
}

impl Histogram<0> {
    /// Takes a value in: in the metric's unit, or a time.
    pub fn observe(&self, value: impl Reading) {
        self.of([]).observe(value);
    }
}

impl<const N: usize> Instrument for Histogram<N> {
    fn about(&self) -> &About {
        &self.about
    }

    fn labels(&self) -> &[Label] {
        self.series.labels()
    }

    fn start(&self) {
        let buckets = self.about.buckets;
        self.series
            .start(STARTED_AT_MOST, || HistogramSeries::new(buckets));
    }

    fn is_touched(&self) -> bool {
        !self.series.is_empty()
    }

    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.series
            .encode(&self.about, to, |series| series.0.clone())
    }
}
