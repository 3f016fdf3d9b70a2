use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter;

use crate::about::{About, Instrument, Kind, Process};
use crate::label::Label;
use crate::series::Series;

/// More series are not made beforehand.
const STARTED_AT_MOST: usize = 100;

/// Counts what happened. With `N` labels.
#[derive(Debug)]
pub struct Counter<const N: usize> {
    about: About,
    series: Series<N, CounterSeries>,
}

/// One series of a [`Counter`]. Cheap to clone and keep: counting on it costs no lookup.
#[derive(Debug, Clone, Default)]
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

impl<const N: usize> Counter<N> {
    pub(crate) const fn new(
        help: &'static str,
        name: &'static str,
        labels: [Label; N],
        processes: &'static [Process],
    ) -> Self {
        Self {
            about: About {
                name,
                help,
                kind: Kind::Counter,
                processes,
                buckets: &[],
            },
            series: Series::new(labels),
        }
    }

    /// The series of these label values.
    pub fn of(&self, values: [&str; N]) -> CounterSeries {
        self.series.of(values, CounterSeries::default)
    }
}

impl Counter<0> {
    /// Counts one.
    pub fn inc(&self) {
        self.of([]).inc();
    }

    /// Counts `several`.
    pub fn add(&self, several: u64) {
        self.of([]).add(several);
    }
}

impl<const N: usize> Instrument for Counter<N> {
    fn about(&self) -> &About {
        &self.about
    }

    fn labels(&self) -> &[Label] {
        self.series.labels()
    }

    fn start(&self) {
        self.series.start(STARTED_AT_MOST, CounterSeries::default);
    }

    fn is_touched(&self) -> bool {
        !self.series.is_empty()
    }

    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.series
            .encode(&self.about, to, |series| series.0.clone())
    }
}
