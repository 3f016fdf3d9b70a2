//! Rate, errors and duration per RPC. Labels are bounded: a path nobody knows counts as `other`.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Instant;

use instruments::{CounterSeries, HistogramSeries};
use tonic::Code;

use crate::metrics::rpc::{
    RPC_CLIENT_DURATION, RPC_CLIENT_REQUESTS, RPC_SERVER_DURATION, RPC_SERVER_REQUESTS,
};

const CODES: usize = 17;

/// Which side of a call is measured.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// Of the callee.
    Server,
    /// Towards the upstream of that name.
    Client(&'static str),
}

/// One RPC and its metrics, which are looked up once.
pub struct MeasuredMethod {
    side: Side,
    /// `mercantile.order.v1.OrderService/PlaceOrder`: its name in traces.
    pub name: String,
    /// `mercantile.order.v1.OrderService`
    service: String,
    /// `PlaceOrder`
    method: String,
    duration: OnceLock<HistogramSeries>,
    calls: [OnceLock<CounterSeries>; CODES],
}

/// All RPCs of one side by path, with what the side has to know about each.
pub struct MeasuredMethods<T> {
    by_path: HashMap<String, (MeasuredMethod, T)>,
    other: MeasuredMethod,
}

impl<T> MeasuredMethods<T> {
    /// Takes the path of each RPC, and what belongs to it.
    pub fn new(side: Side, rows: impl IntoIterator<Item = (String, T)>) -> Self {
        let by_path = rows
            .into_iter()
            .map(|(path, about)| {
                let (service, method) = split(&path);
                let method = MeasuredMethod::new(side, service, method);
                (path, (method, about))
            })
            .collect();
        Self {
            by_path,
            other: MeasuredMethod::new(side, "other", "other"),
        }
    }

    /// The RPC of a path. A path that is not listed counts as `other`.
    #[must_use]
    pub fn get(&self, path: &str) -> (&MeasuredMethod, Option<&T>) {
        match self.by_path.get(path) {
            Some((method, about)) => (method, Some(about)),
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

    /// Measures one call. A call that is dropped unfinished counts as cancelled.
    #[must_use]
    pub fn measure(&self) -> Measure<'_> {
        Measure {
            method: self,
            started: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

/// Records the call when it is dropped.
pub struct Measure<'a> {
    method: &'a MeasuredMethod,
    started: Instant,
    code: Code,
}

impl Measure<'_> {
    /// The call ended with this code.
    pub fn finish(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Measure<'_> {
    fn drop(&mut self) {
        self.method.record(self.code, self.started);
    }
}
