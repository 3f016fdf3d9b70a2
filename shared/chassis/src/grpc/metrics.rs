//! Rate, errors and duration per RPC. Labels are bounded: a path nobody knows counts as `other`.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Instant;

use metrics::{Counter, Histogram, Label};
use tonic::Code;

const CODES: usize = 17;

/// Which side of a call is measured.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Server,
    /// Towards the upstream of that name.
    Client(&'static str),
}

/// One RPC and its metrics. They are registered when they are first used.
pub(super) struct Method {
    side: Side,
    /// `mercantile.order.v1.OrderService/PlaceOrder`: its name in traces.
    pub(super) name: String,
    /// `mercantile.order.v1.OrderService`
    pub(super) service: String,
    /// `PlaceOrder`
    pub(super) method: String,
    duration: OnceLock<Histogram>,
    calls: [OnceLock<Counter>; CODES],
}

/// All RPCs of one side by path, with what the side wants to know about each.
pub(super) struct Methods<T> {
    by_path: HashMap<String, (Method, T)>,
    other: Method,
}

impl<T> Methods<T> {
    pub(super) fn new(side: Side, rows: impl IntoIterator<Item = (String, T)>) -> Self {
        crate::telemetry::install_metrics();
        let by_path = rows
            .into_iter()
            .map(|(path, about)| {
                let (service, method) = split(&path);
                let method = Method::new(side, service, method);
                (path, (method, about))
            })
            .collect();
        Self {
            by_path,
            other: Method::new(side, "other", "other"),
        }
    }

    pub(super) fn get(&self, path: &str) -> (&Method, Option<&T>) {
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

impl Method {
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
        self.duration
            .get_or_init(|| match self.side {
                Side::Server => metrics::histogram!("rpc_server_duration_seconds", self.labels()),
                Side::Client(_) => {
                    metrics::histogram!("rpc_client_duration_seconds", self.labels())
                }
            })
            .record(started.elapsed());
        if let Some(counter) = usize::try_from(i32::from(code))
            .ok()
            .and_then(|index| self.calls.get(index))
        {
            counter.get_or_init(|| self.counter(code)).increment(1);
        }
    }

    fn counter(&self, code: Code) -> Counter {
        let mut labels = self.labels();
        labels.push(Label::new("code", format!("{code:?}")));
        match self.side {
            Side::Server => metrics::counter!("rpc_server_requests_total", labels),
            Side::Client(_) => metrics::counter!("rpc_client_requests_total", labels),
        }
    }

    fn labels(&self) -> Vec<Label> {
        let mut labels = vec![
            Label::new("rpc_service", self.service.clone()),
            Label::new("rpc_method", self.method.clone()),
        ];
        if let Side::Client(upstream) = self.side {
            labels.push(Label::new("upstream", upstream));
        }
        labels
    }

    /// Measures one call. A call that is dropped unfinished counts as cancelled.
    pub(super) fn measure(&self) -> Measure<'_> {
        Measure {
            method: self,
            started: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

/// Records when it is dropped.
pub(super) struct Measure<'a> {
    method: &'a Method,
    started: Instant,
    code: Code,
}

impl Measure<'_> {
    pub(super) fn finish(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Measure<'_> {
    fn drop(&mut self) {
        self.method.record(self.code, self.started);
    }
}
