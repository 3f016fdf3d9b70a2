//! The picture of the system: where its nodes are, and the lines between them.
//!
//! ```text
//!                gateway
//!    user    catalog    order    payment     each with its database below
//!    ───────────────── broker ─────────────────
//! ```

use super::figures;
use crate::system::{Edge, EdgeKind, ServiceState, Snapshot, Traffic};

/// The services, from left to right. One that calls another stands beside it, where possible.
const COLUMNS: [&str; 4] = ["user", "catalog", "order", "payment"];
/// Share of failures from which a line is marked as failing.
const FAILING: f64 = 0.05;

/// Left edge of the first column, and the distance of two.
const LEFT: f64 = 20.0;
const STEP: f64 = 270.0;
/// Size of a service.
const WIDTH: f64 = 210.0;
const TOP: f64 = 230.0;
const BOTTOM: f64 = 320.0;
/// The gateway's middle and lower edge.
const GATEWAY: (f64, f64) = (530.0, 104.0);
/// The upper edge of a database and of the broker.
const DATABASE_TOP: f64 = 376.0;
const BROKER_TOP: f64 = 490.0;

/// What the picture shows.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    /// The name of the gateway's node has its own place.
    pub(super) gateway: Vec<String>,
    pub(super) gateway_state: &'static str,
    /// Messages that wait and dead letters.
    pub(super) broker: String,
}

/// A service with its database.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// `ok`, `warning` or `failed`, as a class.
    pub(super) state: &'static str,
    /// Lines of text below the name.
    pub(super) texts: Vec<String>,
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A line with an arrow, and what passes on it.
#[derive(Debug)]
pub(super) struct Line {
    /// The path of the SVG.
    pub(super) path: String,
    /// `idle`, `busy`, `warning` or `failing`, as a class.
    pub(super) state: &'static str,
    pub(super) width: String,
    /// Where the text is; none without traffic.
    pub(super) label: Option<Label>,
}

/// The text of a line.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) x: String,
    pub(super) y: String,
    /// Which end of the text is there: `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    /// `3.2/s`
    pub(super) rate: String,
    /// `12 ms`, or `12 ms, 4 % fail`
    pub(super) detail: String,
}

impl Graph {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut gateway = (Vec::new(), "failed");
        let mut nodes = Vec::new();
        for service in &snapshot.services {
            match column(&service.name) {
                Some(x) => nodes.push(Node {
                    name: service.name.clone(),
                    state: state(service),
                    texts: texts(service),
                    x,
                    y: TOP,
                }),
                None => gateway = (texts(service), state(service)),
            }
        }
        let waiting: f64 = snapshot.queues.iter().map(|it| it.depth.ready).sum();
        let dead: f64 = snapshot.queues.iter().map(|it| it.depth.dead).sum();
        Self {
            nodes,
            lines: snapshot.edges.iter().filter_map(line).collect(),
            gateway: gateway.0,
            gateway_state: gateway.1,
            broker: format!(
                "{} waiting, {} dead",
                figures::amount(waiting),
                figures::amount(dead)
            ),
        }
    }
}

/// The left edge of a service.
fn column(name: &str) -> Option<f64> {
    let mut x = LEFT;
    for known in COLUMNS {
        if known == name {
            return Some(x);
        }
        x += STEP;
    }
    None
}

/// Whether all, some or none of the replicas are ready.
fn state(service: &ServiceState) -> &'static str {
    let ready = ready(service);
    match (ready, ready == service.replicas.len()) {
        (0, _) => "failed",
        (_, true) => "ok",
        (_, false) => "warning",
    }
}

fn ready(service: &ServiceState) -> usize {
    let processes = service.replicas.iter().filter_map(|it| it.process.as_ref());
    processes.filter(|process| process.is_ready).count()
}

fn texts(service: &ServiceState) -> Vec<String> {
    let processes = || service.replicas.iter().filter_map(|it| it.process.as_ref());
    let memory: f64 = processes().map(|it| it.memory_bytes).sum();
    let cores: Option<f64> = processes().map(|it| it.cpu_cores).sum();
    let cores = cores.map_or_else(String::new, |cores| format!(", {cores:.2} cores"));
    let served = service.served.map_or_else(String::new, |served| {
        format!(", {}/s", figures::rate(served.per_second))
    });
    vec![
        format!(
            "{} of {} ready{served}",
            ready(service),
            service.replicas.len()
        ),
        format!("{}{cores}", figures::bytes(memory)),
    ]
}

fn line(edge: &Edge) -> Option<Line> {
    let service = match edge.kind {
        EdgeKind::Consume => edge.to.as_str(),
        _ => edge.from.as_str(),
    };
    let (path, place) = match edge.kind {
        EdgeKind::Rpc => match (column(&edge.from), column(&edge.to)?) {
            (None, to) => from_gateway(to),
            (Some(from), to) => between(from, to),
        },
        EdgeKind::Publish => down(column(service)? + 36.0, BROKER_TOP, 0.38),
        EdgeKind::Consume => up(column(service)? + 84.0),
        EdgeKind::Database => down(column(service)? + 160.0, DATABASE_TOP, 0.5),
    };
    let traffic = edge.traffic.unwrap_or_default();
    Some(Line {
        path,
        state: traffic_state(&traffic),
        width: format!("{:.1}", 1.5 + traffic.per_second.ln_1p().min(5.0)),
        label: (traffic.per_second > 0.0).then(|| label(&traffic, place)),
    })
}

fn traffic_state(traffic: &Traffic) -> &'static str {
    match traffic {
        none if none.per_second <= 0.0 => "idle",
        fine if fine.error_share <= 0.0 => "busy",
        some if some.error_share < FAILING => "warning",
        _ => "failing",
    }
}

fn label(traffic: &Traffic, (x, y, anchor): Place) -> Label {
    let p95 = traffic.p95_ms.map(|ms| figures::milliseconds(Some(ms)));
    let failing = (traffic.error_share > 0.0)
        .then(|| format!("{} fail", figures::percent(traffic.error_share)));
    let detail: Vec<String> = p95.into_iter().chain(failing).collect();
    Label {
        x: format!("{x:.0}"),
        y: format!("{y:.0}"),
        anchor,
        rate: format!("{}/s", figures::rate(traffic.per_second)),
        detail: detail.join(", "),
    }
}

/// Where a text is, and which end of it.
type Place = (f64, f64, &'static str);
/// A path, and the place of its text, beside it.
type Path = (String, Place);

/// Between a line and its text.
const BESIDE: f64 = 9.0;

fn from_gateway(to: f64) -> Path {
    let (x, y) = GATEWAY;
    let target = to + WIDTH / 2.0;
    // The lines leave the gateway beside each other.
    let start = x + (target - x) * 0.12;
    let path = format!("M{start:.0} {y} C{start:.0} 170 {target:.0} 160 {target:.0} {TOP}");
    // On the side from which the line does not come.
    match target < x {
        true => (path, (target - BESIDE, 198.0, "end")),
        false => (path, (target + BESIDE, 198.0, "start")),
    }
}

/// Straight to a neighbor, around the others.
fn between(from: f64, to: f64) -> Path {
    let gap = from - to - STEP;
    if gap.abs() < 1.0 {
        let (start, end, y) = (from, to + WIDTH, TOP + 50.0);
        let path = format!("M{start:.0} {y} L{end:.0} {y}");
        return (path, ((start + end) / 2.0, y - 22.0, "middle"));
    }
    let (start, end) = (from + 30.0, to + WIDTH - 24.0);
    let height = TOP - 60.0 - gap.abs() * 0.05;
    let path =
        format!("M{start:.0} {TOP} C{start:.0} {height:.0} {end:.0} {height:.0} {end:.0} {TOP}");
    (path, (from - 32.0, TOP - 52.0, "middle"))
}

fn down(x: f64, to: f64, share: f64) -> Path {
    let y = BOTTOM + (to - BOTTOM) * share;
    let path = format!("M{x:.0} {BOTTOM} L{x:.0} {to}");
    (path, (x + BESIDE, y, "start"))
}

fn up(x: f64) -> Path {
    let y = BOTTOM + (BROKER_TOP - BOTTOM) * 0.72;
    let path = format!("M{x:.0} {BROKER_TOP} L{x:.0} {BOTTOM}");
    (path, (x + BESIDE, y, "start"))
}
