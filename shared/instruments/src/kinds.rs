//! The kinds of metrics. Each is made as a `static` in `rooms`, and nowhere else.

mod counter;
mod gauge;
mod histogram;
mod total;

pub use counter::{Counter, CounterSeries};
pub use gauge::{Gauge, GaugeSeries};
pub use histogram::{Histogram, HistogramSeries};
pub use total::{Total, TotalSeries};
