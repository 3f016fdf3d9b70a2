use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only increases, except after a restart: query its `rate`.
    Counter,
    /// Increases and decreases.
    Gauge,
    /// The distribution of values, in buckets: query its `histogram_quantile`.
    Histogram,
}

impl Kind {
    /// Its name in the exposition.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// The constant properties of a metric.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// The name in queries; for a histogram without `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// What it counts or measures, in one line.
    pub help: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Upper bounds of a histogram's buckets, without `+Inf`.
    pub buckets: &'static [f64],
}

impl Descriptor {
    /// Writes `# HELP`, `# TYPE` and `# UNIT`; the samples follow.
    pub(crate) fn encode<'a>(
        &self,
        to: &'a mut DescriptorEncoder<'_>,
    ) -> Result<MetricEncoder<'a>, fmt::Error> {
        // Without the `_total` of a counter and without the unit: the encoder adds both.
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        let (name, unit) = match (name.strip_suffix("_seconds"), name.strip_suffix("_bytes")) {
            (Some(name), _) => (name, Some(&Unit::Seconds)),
            (_, Some(name)) => (name, Some(&Unit::Bytes)),
            _ => (name, None),
        };
        let kind = match self.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Histogram => MetricType::Histogram,
        };
        to.encode_descriptor(name, self.help.trim(), unit, kind)
    }
}
