use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::Label;

/// A process of the shop, by the name of its binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// The public door.
    Gateway,
    /// Products and stock.
    Catalog,
    /// Carts, orders and the checkout.
    Order,
    /// Payments and the ledger.
    Payment,
    /// Accounts and sessions.
    User,
    /// The stand-in payment provider.
    Sandbox,
}

impl Process {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::Gateway,
        Self::Catalog,
        Self::Order,
        Self::Payment,
        Self::User,
        Self::Sandbox,
    ];

    /// The name of its binary, which is its `service.name` and Prometheus' label `service`, too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Catalog => "catalog",
            Self::Order => "order",
            Self::Payment => "payment",
            Self::User => "user",
            Self::Sandbox => "sandbox",
        }
    }

    /// The process of that name; `None` for a name that is not one of the shop's.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|process| process.name() == name)
    }
}

/// What can be done with a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, except when the process starts again: ask for its `rate`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often there was how much, in buckets: ask for its `histogram_quantile`.
    Histogram,
}

impl Kind {
    /// The word for it in the exposition.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    fn of_the_exposition(self) -> MetricType {
        match self {
            Self::Counter => MetricType::Counter,
            Self::Gauge => MetricType::Gauge,
            Self::Histogram => MetricType::Histogram,
        }
    }
}

/// What is fixed about a metric.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The name in queries, of a histogram without `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// What it counts or measures, in one line.
    pub help: &'static str,
    /// What can be done with it.
    pub kind: Kind,
    /// Who exports it.
    pub processes: &'static [Process],
    /// Upper bounds of a histogram's buckets, without the last one, `+Inf`.
    pub buckets: &'static [f64],
}

impl About {
    /// The base unit at the end of the name: `seconds`, `bytes` or `ratio`; empty for a number.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        let name = self.family();
        ["seconds", "bytes", "ratio"]
            .into_iter()
            .find(|unit| {
                name.strip_suffix(unit)
                    .is_some_and(|rest| rest.ends_with('_'))
            })
            .unwrap_or_default()
    }

    /// The name without the `_total` of a counter.
    pub(crate) fn family(&self) -> &'static str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            Kind::Gauge | Kind::Histogram => self.name,
        }
    }
}

/// A metric of whatever kind.
pub trait Instrument: Sync {
    /// What is fixed about it.
    fn about(&self) -> &About;

    /// Its labels, in the order of `of`.
    fn labels(&self) -> &[Label];

    /// Makes the series that are known beforehand, at 0: what is counted for the first time is a
    /// change then, and an alert that asks for the increase sees it.
    fn start(&self);

    /// Whether it has a series.
    fn is_touched(&self) -> bool;

    /// Writes its series.
    ///
    /// # Errors
    /// Of the writer.
    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result;
}

static SECONDS: Unit = Unit::Seconds;
static BYTES: Unit = Unit::Bytes;

/// Writes `# HELP`, `# TYPE` and `# UNIT`; the samples follow.
pub(crate) fn family<'a>(
    about: &About,
    to: &'a mut DescriptorEncoder<'_>,
) -> Result<MetricEncoder<'a>, fmt::Error> {
    let unit = match about.unit() {
        "seconds" => Some(&SECONDS),
        "bytes" => Some(&BYTES),
        _ => None,
    };
    // The encoder puts the unit behind the name again.
    let name = match unit {
        Some(unit) => about.family().trim_end_matches(unit.as_str()),
        None => about.family(),
    };
    let name = match unit {
        Some(_) => name.trim_end_matches('_'),
        None => name,
    };
    to.encode_descriptor(
        name,
        about.help.trim(),
        unit,
        about.kind.of_the_exposition(),
    )
}
