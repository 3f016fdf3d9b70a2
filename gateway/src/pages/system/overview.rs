//! The system at a glance: the picture, and its figures in tables.

use std::sync::Arc;

use actix_web::web::Data;
use askama::Template;

use super::{
    figures::{self, Cells},
    graph::Graph,
    sparkline,
};
use crate::{
    pages::{
        Answer, filters, page,
        staff::{layout::Layout, member::Member, navigation},
    },
    system::{EdgeKind, Point, Snapshot, System},
};

#[derive(Template)]
#[template(path = "system/overview.html")]
struct OverviewPage {
    layout: Layout,
    live: LivePart,
}

/// What changes every two seconds.
#[derive(Template)]
#[template(path = "system/overview_live.html")]
struct LivePart {
    /// Whether the member may open the page of a service.
    opens_services: bool,
    snapshot: Arc<Snapshot>,
    graph: Graph,
    figures: Vec<Figure>,
    flows: Vec<FlowRow>,
    queues: Vec<QueueRow>,
    requests: Vec<(String, String)>,
    sagas: Vec<SagaRow>,
    oldest_saga: String,
    outboxes: Vec<OutboxRow>,
}

/// A figure, with its last minutes if it has some.
struct Figure {
    title: &'static str,
    value: String,
    chart: Option<String>,
    /// `alert` if someone should look.
    class: &'static str,
}

struct FlowRow {
    from: String,
    to: String,
    carries: &'static str,
    cells: Cells,
    is_open: bool,
}

struct QueueRow {
    name: String,
    ready: String,
    retrying: String,
    dead: String,
    has_dead: bool,
    age: String,
    cells: Cells,
}

struct SagaRow {
    step: String,
    state: String,
    count: String,
}

struct OutboxRow {
    service: String,
    pending: String,
    refused: String,
    lag: String,
    pool: String,
    waiting: String,
}

/// Shows the whole system.
pub(crate) async fn show(member: Member, system: Data<System>) -> Answer {
    let snapshot = system.snapshot(member.upstreams()).await?;
    page(&OverviewPage {
        layout: member.layout()?,
        live: LivePart::of(&member, snapshot),
    })
}

/// The part of the page that changes, alone.
pub(crate) async fn live(member: Member, system: Data<System>) -> Answer {
    let snapshot = system.snapshot(member.upstreams()).await?;
    page(&LivePart::of(&member, snapshot))
}

impl LivePart {
    fn of(member: &Member, snapshot: Arc<Snapshot>) -> Self {
        Self {
            opens_services: navigation::may_open("/staff/system/services/{name}", member.groups()),
            graph: Graph::of(&snapshot),
            figures: figures_of(&snapshot),
            flows: flows(&snapshot),
            queues: queues(&snapshot),
            requests: requests(&snapshot),
            sagas: sagas(&snapshot),
            oldest_saga: figures::seconds(snapshot.oldest_saga_s),
            outboxes: outboxes(&snapshot),
            snapshot,
        }
    }
}

fn figures_of(snapshot: &Snapshot) -> Vec<Figure> {
    let last = snapshot.history.last();
    let chart = |title, unit: &str, of: fn(&Point) -> f64| Figure {
        title,
        value: last.map_or_else(
            || "–".to_owned(),
            |minute| format!("{}{unit}", figures::rate(of(minute))),
        ),
        chart: sparkline::points(&snapshot.history, of),
        class: "",
    };
    let sagas = |state: &str| {
        let of_state = snapshot.sagas.iter().filter(|it| it.state == state);
        of_state.map(|it| it.count).sum::<f64>()
    };
    let dead: f64 = snapshot.queues.iter().map(|it| it.depth.dead).sum();
    let count = |title, count: f64, is_alert: bool| Figure {
        title,
        value: figures::amount(count),
        chart: None,
        class: if is_alert && count > 0.0 { "alert" } else { "" },
    };
    vec![
        chart("Requests to this gateway", "/s", |minute| minute.requests),
        chart("Orders placed", "/min", |minute| minute.placed),
        chart("Orders confirmed", "/min", |minute| minute.confirmed),
        chart("Orders rejected", "/min", |minute| minute.rejected),
        chart("Orders cancelled", "/min", |minute| minute.cancelled),
        count("Steps in flight", sagas("in_flight"), false),
        count("Steps being undone", sagas("compensating"), false),
        count("Stuck steps", sagas("stuck"), true),
        count("Dead letters", dead, true),
    ]
}

fn flows(snapshot: &Snapshot) -> Vec<FlowRow> {
    let is_open = |from: &str, to: &str| {
        let mut services = snapshot.services.iter().filter(|it| it.name == from);
        services.any(|it| {
            it.breakers
                .iter()
                .any(|breaker| breaker.to == to && breaker.is_open)
        })
    };
    let rows = snapshot.edges.iter().map(|edge| FlowRow {
        from: edge.from.clone(),
        to: edge.to.clone(),
        carries: match edge.kind {
            EdgeKind::Rpc => "calls",
            EdgeKind::Publish | EdgeKind::Consume => "messages",
            EdgeKind::Database => "transactions",
        },
        cells: Cells::of(edge.traffic),
        is_open: edge.kind == EdgeKind::Rpc && is_open(&edge.from, &edge.to),
    });
    rows.collect()
}

fn queues(snapshot: &Snapshot) -> Vec<QueueRow> {
    let rows = snapshot.queues.iter().map(|queue| QueueRow {
        name: queue.name.clone(),
        ready: figures::amount(queue.depth.ready),
        retrying: figures::amount(queue.depth.retrying),
        dead: figures::amount(queue.depth.dead),
        has_dead: queue.depth.dead > 0.0,
        age: queue
            .age_p95_s
            .map_or_else(|| "–".to_owned(), figures::seconds),
        cells: Cells::of(queue.handled),
    });
    rows.collect()
}

/// The class of a status, and its requests per second.
fn requests(snapshot: &Snapshot) -> Vec<(String, String)> {
    let classes = snapshot.requests.iter();
    let rows = classes.map(|it| {
        let rate = format!("{}/s", figures::rate(it.per_second));
        (format!("{}xx", it.class), rate)
    });
    rows.collect()
}

fn sagas(snapshot: &Snapshot) -> Vec<SagaRow> {
    let rows = snapshot.sagas.iter().map(|saga| SagaRow {
        step: saga.step.clone(),
        state: saga.state.replace('_', " "),
        count: figures::amount(saga.count),
    });
    rows.collect()
}

fn outboxes(snapshot: &Snapshot) -> Vec<OutboxRow> {
    let rows = snapshot.services.iter().filter_map(|service| {
        let (outbox, pool) = (service.outbox?, service.pool?);
        Some(OutboxRow {
            service: service.name.clone(),
            pending: figures::amount(outbox.pending),
            refused: figures::amount(outbox.refused),
            lag: figures::seconds(outbox.lag_s),
            pool: format!(
                "{} of {}",
                figures::amount(pool.in_use),
                figures::amount(pool.max)
            ),
            waiting: figures::amount(pool.waiting),
        })
    });
    rows.collect()
}
