//! Rate, errors and duration per RPC. Labels are bounded: an unlisted path counts as `other`.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Instant;

use instruments::{CounterSeries, HistogramSeries};
use tonic::Code;

use crate::metrics::rpc::{
    RPC_CLIENT_DURATION, RPC_CLIENT_REQUESTS, RPC_SERVER_DURATION, RPC_SERVER_REQUESTS,
};

const CODES: usize = 17;

/// The side of a call that is measured.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// The called process.
    Server,
    /// The caller, for the upstream of this name.
    Client(&'static str),
}

/// One RPC and its metrics; each series is looked up once.
pub struct MeasuredMethod {
    side: Side,
    /// Its name in traces: `mercantile.order.v1.OrderService/PlaceOrder`.
    pub name: String,
    /// `mercantile.order.v1.OrderService`
    service: String,
    /// `PlaceOrder`
    method: String,
    duration: OnceLock<HistogramSeries>,
    calls: [OnceLock<CounterSeries>; CODES],
}

/// All RPCs of one side by path, with a value for each.
pub struct MeasuredMethods<T> {
    by_path: HashMap<String, (MeasuredMethod, T)>,
    other: MeasuredMethod,
}

impl<T> MeasuredMethods<T> {
    /// Takes the path and the value of each RPC.
    pub fn new(side: Side, rows: impl IntoIterator<Item = (String, T)>) -> Self {
        let by_path = rows
            .into_iter()
            .map(|(path, value)| {
                let (service, method) = split(&path);
                let method = MeasuredMethod::new(side, service, method);
                (path, (method, value))
            })
            .collect();
        Self {
            by_path,
            other: MeasuredMethod::new(side, "other", "other"),
        }
    }

    /// The RPC of a path. An unlisted path counts as `other`.
    #[must_use]
    pub fn get(&self, path: &str) -> (&MeasuredMethod, Option<&T>) {
        match self.by_path.get(path) {
            Some((method, value)) => (method, Some(value)),
            None => (&self.other, None),
        }
    }
}

fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_once('/').unwrap_or((path, ""))
}

impl MeasuredMethod {
    fn new(side: Side, service: &str, method: &str) -> Self {
        Self {
            side,
            name: match service {
                "other" => "_OTHER".to_owned(),
                _ => format!("{service}/{method}"),
            },
            service: service.to_owned(),
            method: method.to_owned(),
            duration: OnceLock::new(),
            calls: [const { OnceLock::new() }; CODES],
        }
    }

    fn record(&self, code: Code, started: Instant) {
        let duration = self.duration.get_or_init(|| self.duration());
        duration.observe(started.elapsed());
        if let Some(counter) = usize::try_from(i32::from(code))
            .ok()
            .and_then(|index| self.calls.get(index))
        {
            counter.get_or_init(|| self.counter(code)).inc();
        }
    }

    fn duration(&self) -> HistogramSeries {
        let (service, method) = (self.service.as_str(), self.method.as_str());
        match self.side {
            Side::Server => RPC_SERVER_DURATION.of((service, method)),
            Side::Client(upstream) => RPC_CLIENT_DURATION.of((upstream, service, method)),
        }
    }

    fn counter(&self, code: Code) -> CounterSeries {
        let (service, method) = (self.service.as_str(), self.method.as_str());
        match self.side {
            Side::Server => RPC_SERVER_REQUESTS.of((service, method, code)),
            Side::Client(upstream) => RPC_CLIENT_REQUESTS.of((upstream, service, method, code)),
        }
    }

    /// Starts to measure one call. A call that is dropped before `finish` counts as canceled.
    #[must_use]
    pub fn measure(&self) -> Measure<'_> {
        Measure {
            method: self,
            started: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

/// Records one call when it is dropped.
pub struct Measure<'a> {
    method: &'a MeasuredMethod,
    started: Instant,
    code: Code,
}

impl Measure<'_> {
    /// Ends the call with this code.
    pub fn finish(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Measure<'_> {
    fn drop(&mut self) {
        self.method.record(self.code, self.started);
    }
}
