use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::gauge;

use crate::about::{About, Instrument, Kind, Process};
use crate::label::Label;
use crate::reading::Reading;
use crate::series::Series;

/// Shows how much there is now. With `N` labels. Not there until it is set: a gauge that nobody has
/// read yet must not look like 0.
#[derive(Debug)]
pub struct Gauge<const N: usize> {
    about: About,
    series: Series<N, GaugeSeries>,
}

/// One series of a [`Gauge`]. Cheap to clone and keep.
#[derive(Debug, Clone, Default)]
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

impl<const N: usize> Gauge<N> {
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
                kind: Kind::Gauge,
                processes,
                buckets: &[],
            },
            series: Series::new(labels),
        }
    }

    /// The series of these label values.
    pub fn of(&self, values: [&str; N]) -> GaugeSeries {
        self.series.of(values, GaugeSeries::default)
    }
}

impl Gauge<0> {
    /// Shows `value` from now on.
    pub fn set(&self, value: impl Reading) {
        self.of([]).set(value);
    }
}

impl<const N: usize> Instrument for Gauge<N> {
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
        self.series
            .encode(&self.about, to, |series| series.0.clone())
    }
}
