//! The traces of the last minutes, and the spans of one.

use actix_web::web::Data;
use askama::Template;
use chrono::TimeDelta;

use super::figures;
use crate::{
    edge::problem::{Problem, reasons},
    pages::{
        Answer, filters, page,
        staff::{layout::Layout, member::Member},
    },
    rest::request::Segment,
    system::{System, Trace, TraceSpan},
};

#[derive(Template)]
#[template(path = "system/traces.html")]
struct TracesPage {
    layout: Layout,
    traces: Vec<Trace>,
}

#[derive(Template)]
#[template(path = "system/trace.html")]
struct TracePage {
    layout: Layout,
    trace_id: String,
    order_id: Option<String>,
    duration: String,
    failed: usize,
    rows: Vec<Row>,
}

/// A span, and its bar in 1000 units of the trace's duration.
struct Row {
    span: TraceSpan,
    /// Spans above it.
    depth: usize,
    duration: String,
    offset: String,
    bar_x: String,
    bar_width: String,
}

/// Deepest indentation.
const MAX_DEPTH: usize = 12;

/// Lists the recent traces, newest first.
pub(crate) async fn list(member: Member, system: Data<System>) -> Answer {
    page(&TracesPage {
        traces: system.traces(member.upstreams()).await?,
        layout: member.layout()?,
    })
}

/// Shows the spans of a trace.
pub(crate) async fn show(
    member: Member,
    system: Data<System>,
    Segment(trace_id): Segment<String>,
) -> Answer {
    let is_id = trace_id.len() == 32 && trace_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return Err(Problem::new(&reasons::NOT_FOUND));
    }
    let spans = system.trace(member.upstreams(), &trace_id).await?;
    let order_id = spans.iter().find_map(|span| span.order_id.clone());
    let start = spans.first().map(|span| span.started_at);
    let end = spans
        .iter()
        .map(|span| span.started_at + span.duration)
        .max();
    let whole = start
        .zip(end)
        .map_or(TimeDelta::zero(), |(start, end)| end - start);
    page(&TracePage {
        layout: member.layout()?,
        trace_id,
        order_id,
        duration: figures::duration(whole),
        failed: spans.iter().filter(|span| span.has_failed).count(),
        rows: rows(spans, whole),
    })
}

/// The spans, each below its parent.
fn rows(spans: Vec<TraceSpan>, whole: TimeDelta) -> Vec<Row> {
    let Some(start) = spans.first().map(|span| span.started_at) else {
        return Vec::new();
    };
    let thousandth = |time: TimeDelta| {
        let whole = whole.as_seconds_f64().max(f64::MIN_POSITIVE);
        time.as_seconds_f64() / whole * 1_000.0
    };
    let rows = ordered(spans).into_iter().map(|(depth, span)| {
        let x = thousandth(span.started_at - start).clamp(0.0, 998.0);
        Row {
            depth,
            duration: figures::duration(span.duration),
            offset: figures::duration(span.started_at - start),
            bar_x: format!("{x:.1}"),
            bar_width: format!("{:.1}", thousandth(span.duration).clamp(2.0, 1_000.0 - x)),
            span,
        }
    });
    rows.collect()
}

/// Depth first: a span without a known parent, then the spans below it, by their start.
fn ordered(spans: Vec<TraceSpan>) -> Vec<(usize, TraceSpan)> {
    let is_known = |id: &str| spans.iter().any(|span| span.span_id == id);
    let parents: Vec<Option<String>> = spans
        .iter()
        .map(|span| span.parent_span_id.clone().filter(|id| is_known(id)))
        .collect();
    let mut rest: Vec<Option<(Option<String>, TraceSpan)>> =
        parents.into_iter().zip(spans).map(Some).collect();
    let mut ordered: Vec<(usize, TraceSpan)> = Vec::with_capacity(rest.len());
    // The open spans, from the root down.
    let mut open: Vec<String> = Vec::new();
    loop {
        let parent = open.last();
        let next = rest.iter_mut().find(|it| {
            it.as_ref()
                .is_some_and(|(above, _)| above.as_ref() == parent)
        });
        match next.and_then(Option::take) {
            Some((_, span)) => {
                let depth = open.len().min(MAX_DEPTH);
                open.push(span.span_id.clone());
                ordered.push((depth, span));
            }
            None if open.pop().is_some() => {}
            None => return ordered,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;

    fn span(id: &str, parent: &str, at: i64) -> TraceSpan {
        TraceSpan {
            service: "order",
            span_id: id.to_owned(),
            parent_span_id: Some(parent.to_owned()),
            name: id.to_owned(),
            kind: "internal".to_owned(),
            started_at: DateTime::from_timestamp(at, 0).unwrap(),
            duration: TimeDelta::seconds(1),
            has_failed: false,
            order_id: None,
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn spans_stand_below_their_parents() {
        let spans = vec![
            span("root", "elsewhere", 1),
            span("a", "root", 2),
            span("b", "root", 3),
            span("a1", "a", 4),
            span("lost", "gone", 5),
        ];
        let rows = rows(spans, TimeDelta::seconds(5));
        let found: Vec<(&str, usize)> = rows
            .iter()
            .map(|row| (row.span.name.as_str(), row.depth))
            .collect();
        let expected = [("root", 0), ("a", 1), ("a1", 2), ("b", 1), ("lost", 0)];
        assert_eq!(found, expected);
        assert_eq!(
            (rows[2].bar_x.as_str(), rows[2].bar_width.as_str()),
            ("600.0", "200.0")
        );
    }
}
