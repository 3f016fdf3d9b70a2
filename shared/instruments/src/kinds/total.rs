use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::Gauge;

use crate::about::{About, Instrument, Kind, Process};
use crate::label::Label;
use crate::reading::Reading;
use crate::series::Series;

/// A counter that somebody else keeps, such as the kernel: its present value is set. Never with one
/// that is smaller than before.
#[derive(Debug)]
pub struct Total<const N: usize> {
    about: About,
    series: Series<N, TotalSeries>,
}

/// One series of a [`Total`]. Cheap to clone and keep.
#[derive(Debug, Clone, Default)]
pub struct TotalSeries(Gauge<f64, AtomicU64>);

impl TotalSeries {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.0.set(value.value());
    }
}

impl<const N: usize> Total<N> {
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
    pub fn of(&self, values: [&str; N]) -> TotalSeries {
        self.series.of(values, TotalSeries::default)
    }
}

impl Total<0> {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.of([]).set(value);
    }
}

impl<const N: usize> Instrument for Total<N> {
    fn about(&self) -> &About {
        &self.about
    }

    fn labels(&self) -> &[Label] {
        self.series.labels()
    }

    fn start(&self) {}

    fn is_touched(&self) -> bool {
        !self.series.is_empty()
    }

    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let form = |series: &TotalSeries| ConstCounter::new(series.0.get());
        self.series.encode(&self.about, to, form)
    }
}
