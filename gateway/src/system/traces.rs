//! Traces and spans of all processes, merged.

use std::collections::{BTreeMap, HashSet};

use chassis::telemetry::{self, parse_trace_id};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::operations::v1;
use prost_types::Timestamp;

use super::{GATEWAY, replicas::Answer};

/// Most traces of the list.
const MAX_TRACES: usize = 100;
/// Most spans of a trace.
const MAX_SPANS: usize = 2_000;

/// A trace over all processes.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// 32 hex digits.
    pub(crate) trace_id: String,
    /// The name of its first span.
    pub(crate) name: String,
    /// The order that it concerns.
    pub(crate) order_id: Option<String>,
    /// When its first span began.
    pub(crate) started_at: DateTime<Utc>,
    /// From there to the end of its last span.
    pub(crate) duration: TimeDelta,
    /// Whether one of its spans failed.
    pub(crate) has_failed: bool,
    /// The services that took part.
    pub(crate) services: Vec<&'static str>,
    /// Spans that are kept.
    pub(crate) spans: u32,
}

/// A span and the process that it is from.
#[derive(Debug, Clone)]
pub(crate) struct TraceSpan {
    /// The service.
    pub(crate) service: &'static str,
    /// 16 hex digits.
    pub(crate) span_id: String,
    /// The span above it.
    pub(crate) parent_span_id: Option<String>,
    /// Its name.
    pub(crate) name: String,
    /// server, client, producer, consumer or internal.
    pub(crate) kind: String,
    /// When it began.
    pub(crate) started_at: DateTime<Utc>,
    /// How long it took.
    pub(crate) duration: TimeDelta,
    /// Whether it ended with an error.
    pub(crate) has_failed: bool,
    /// The order that it concerns.
    pub(crate) order_id: Option<String>,
    /// Its attributes by name.
    pub(crate) attributes: BTreeMap<String, String>,
}

/// The traces of the replicas and of this process, newest first.
pub(super) fn merged(answers: Vec<Answer<v1::ListTracesResponse>>) -> Vec<Trace> {
    let own = telemetry::recent_spans().map(|recent| recent.traces(MAX_TRACES));
    let own = own.unwrap_or_default();
    let own = own.iter().map(|trace| (GATEWAY, trace.into()));
    let others = answers.into_iter().flat_map(|answer| {
        let traces = answer.response.map(|response| response.traces);
        let traces = traces.unwrap_or_default().into_iter();
        traces.map(move |trace| (answer.service, trace))
    });
    let mut traces: BTreeMap<String, Trace> = BTreeMap::new();
    for (service, part) in own.chain(others) {
        let Some(part) = trace(service, part) else {
            continue;
        };
        match traces.get_mut(&part.trace_id) {
            Some(trace) => trace.add(part),
            None => drop(traces.insert(part.trace_id.clone(), part)),
        }
    }
    let mut traces: Vec<Trace> = traces.into_values().collect();
    traces.sort_by_key(|trace| std::cmp::Reverse(trace.started_at));
    traces.truncate(MAX_TRACES);
    traces
}

fn trace(service: &'static str, part: v1::Trace) -> Option<Trace> {
    Some(Trace {
        trace_id: part.trace_id,
        name: part.name,
        order_id: optional(part.correlation),
        started_at: part.started_at.and_then(time)?,
        duration: micros(part.duration_us),
        has_failed: part.failed,
        services: vec![service],
        spans: part.spans,
    })
}

impl Trace {
    /// Adds what another process knows of the same trace.
    fn add(&mut self, part: Self) {
        let end = (self.started_at + self.duration).max(part.started_at + part.duration);
        if part.started_at < self.started_at {
            (self.started_at, self.name) = (part.started_at, part.name);
        }
        self.duration = end - self.started_at;
        self.has_failed |= part.has_failed;
        self.order_id = self.order_id.take().or(part.order_id);
        self.spans = self.spans.saturating_add(part.spans);
        for service in part.services {
            if !self.services.contains(&service) {
                self.services.push(service);
            }
        }
    }
}

/// The spans of a trace of the replicas and of this process, by their start.
pub(super) fn spans(trace_id: &str, answers: Vec<Answer<v1::ListSpansResponse>>) -> Vec<TraceSpan> {
    let recent = telemetry::recent_spans().zip(parse_trace_id(trace_id));
    let own = recent.map(|(recent, id)| recent.of_trace(id, MAX_SPANS));
    let own = own.unwrap_or_default();
    let own = own.iter().map(|span| (GATEWAY, span.as_ref().into()));
    let others = answers.into_iter().flat_map(|answer| {
        let spans = answer.response.map(|response| response.spans);
        let spans = spans.unwrap_or_default().into_iter();
        spans.map(move |span| (answer.service, span))
    });
    let mut known = HashSet::new();
    let spans = own
        .chain(others)
        .filter_map(|(service, it)| span(service, it));
    let mut spans: Vec<TraceSpan> = spans
        .filter(|span| known.insert(span.span_id.clone()))
        .collect();
    spans.sort_by_key(|span| span.started_at);
    spans.truncate(MAX_SPANS);
    spans
}

fn span(service: &'static str, span: v1::Span) -> Option<TraceSpan> {
    Some(TraceSpan {
        service,
        span_id: span.span_id,
        parent_span_id: optional(span.parent_span_id),
        name: span.name,
        kind: span.kind,
        started_at: span.started_at.and_then(time)?,
        duration: micros(span.duration_us),
        has_failed: span.failed,
        order_id: optional(span.correlation),
        attributes: span.attributes.into_iter().collect(),
    })
}

pub(super) fn time(time: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?)
}

fn micros(duration: u64) -> TimeDelta {
    TimeDelta::microseconds(i64::try_from(duration).unwrap_or(i64::MAX))
}

fn optional(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(trace_id: &str, name: &str, seconds: i64, duration_us: u64) -> v1::Trace {
        v1::Trace {
            trace_id: trace_id.to_owned(),
            name: name.to_owned(),
            started_at: Some(Timestamp { seconds, nanos: 0 }),
            duration_us,
            spans: 2,
            ..v1::Trace::default()
        }
    }

    fn answer(service: &'static str, traces: Vec<v1::Trace>) -> Answer<v1::ListTracesResponse> {
        Answer {
            service,
            address: String::new(),
            response: Some(v1::ListTracesResponse { traces }),
        }
    }

    #[test]
    fn the_parts_of_a_trace_are_put_together() {
        let order = v1::Trace {
            correlation: "o-1".to_owned(),
            ..part("a", "rpc", 101, 5_000_000)
        };
        let catalog = v1::Trace {
            failed: true,
            ..part("a", "process", 102, 1_000_000)
        };
        let traces = merged(vec![
            answer("order", vec![order, part("b", "job", 103, 1)]),
            answer("catalog", vec![catalog, part("a", "earlier", 100, 1)]),
        ]);
        let names: Vec<&str> = traces.iter().map(|trace| trace.name.as_str()).collect();
        assert_eq!(names, ["job", "earlier"]);
        let trace = &traces[1];
        assert_eq!(trace.duration, TimeDelta::seconds(6));
        assert_eq!(trace.order_id.as_deref(), Some("o-1"));
        assert!(trace.has_failed);
        assert_eq!(trace.services, ["order", "catalog"]);
        assert_eq!(trace.spans, 6);
    }

    #[test]
    fn a_span_that_two_replicas_report_is_listed_once() {
        let span = |id: &str, seconds: i64| v1::Span {
            span_id: id.to_owned(),
            started_at: Some(Timestamp { seconds, nanos: 0 }),
            ..v1::Span::default()
        };
        let answer = |spans: Vec<v1::Span>| Answer {
            service: "order",
            address: String::new(),
            response: Some(v1::ListSpansResponse { spans }),
        };
        let none = Answer {
            response: None,
            ..answer(Vec::new())
        };
        let first = answer(vec![span("2", 2), span("1", 1)]);
        let spans = spans("a", vec![first, none, answer(vec![span("2", 2)])]);
        let ids: Vec<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
        assert_eq!(ids, ["1", "2"]);
    }
}
