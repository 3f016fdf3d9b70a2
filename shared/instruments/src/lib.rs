//! Every metric of every process, each one defined once: name, kind, help, labels and who exports it.
//!
//! ```
//! use instruments::order::ORDERS_REJECTED;
//!
//! ORDERS_REJECTED.of(["out_of_stock"]).inc();
//! assert!(instruments::render().contains(r#"orders_rejected_total{reason="out_of_stock"} 1"#));
//! ```
//!
//! The number of label values is checked by the compiler, and what they may be at run time: a value
//! that is not listed, or one too many, is counted as `other`, so nobody can make a process hold any
//! number of series.

mod about;
pub mod exemplars;
mod exposition;
mod kinds;
mod label;
mod reading;
mod rooms;
mod scrape;
mod series;

pub use about::{About, Instrument, Kind, Process};
pub use exposition::{CONTENT_TYPE, render, start};
pub use kinds::{
    Counter, CounterSeries, Gauge, GaugeSeries, Histogram, HistogramSeries, Total, TotalSeries,
};
pub use label::{Label, OTHER, Values};
pub use reading::Reading;
pub use rooms::{
    ALL, cache, catalog, database, gateway, http, messages, order, outbox, payment, process, rpc,
    runtime, sandbox, upstream, user,
};
pub use scrape::at_scrape;
