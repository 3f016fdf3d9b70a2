//! The mechanism of metrics: kinds, typed and bounded labels, exemplars, and the OpenMetrics text of a
//! process. Each crate defines its own metrics with [`metrics!`]; a process registers the sets that it
//! exports.

pub mod buckets;
mod descriptor;
pub mod exemplars;
mod exposition;
mod label;
mod reading;
mod scrape;
mod series;
mod set;

pub use descriptor::{Descriptor, Kind};
pub use exposition::{CONTENT_TYPE, render};
pub use label::{Label, LabelType, Labels, OTHER, Values};
pub use reading::Reading;
pub use scrape::at_scrape;
pub use series::{
    Counter, CounterSeries, Family, Gauge, GaugeSeries, Histogram, HistogramSeries, Metric, Series,
    Total, TotalSeries,
};
pub use set::{Set, register};
