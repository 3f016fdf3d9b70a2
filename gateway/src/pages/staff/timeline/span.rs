//! The spans of an order's trace: they show what the timeline does not record, and exact times.

use chrono::{DateTime, TimeDelta, Utc};

use super::lane::Lane;
use crate::system::TraceSpan;

/// What a span is about (OpenTelemetry's span kind).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanKind {
    /// Answers a request.
    Server,
    /// Sends a request and awaits the answer.
    Client,
    /// Publishes a message.
    Producer,
    /// Handles a message.
    Consumer,
    /// Anything else.
    Internal,
}

impl From<&str> for SpanKind {
    /// As spans are sent: `consumer`. An unknown kind is of a newer version.
    fn from(kind: &str) -> Self {
        match kind {
            "server" => Self::Server,
            "client" => Self::Client,
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// A span of an order's trace.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// The service that recorded it.
    pub(crate) service: String,
    /// Its name: `process catalog.reserve.v1:catalog.commands`.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: SpanKind,
    /// When it began.
    pub(crate) start: DateTime<Utc>,
    /// How long it took.
    pub(crate) duration: TimeDelta,
    /// Whether it failed.
    pub(crate) is_error: bool,
}

impl From<&TraceSpan> for Span {
    fn from(span: &TraceSpan) -> Self {
        Self {
            service: span.service.to_owned(),
            name: span.name.clone(),
            kind: span.kind.as_str().into(),
            start: span.started_at,
            duration: span.duration,
            is_error: span.has_failed,
        }
    }
}

impl Span {
    fn end(&self) -> DateTime<Utc> {
        self.start + self.duration
    }
}

/// The spans of a trace, by their start. Names are those that `messaging`, `payment` and `user` give.
pub(super) struct Trace<'a>(Vec<&'a Span>);

impl<'a> Trace<'a> {
    pub(super) fn new(spans: &'a [Span]) -> Self {
        let mut spans: Vec<_> = spans.iter().collect();
        spans.sort_by_key(|span| span.start);
        Self(spans)
    }

    /// The number of spans.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How long a message took from its sender to its receiver.
    pub(super) fn delivery(&self, message: &str, not_before: DateTime<Utc>) -> Option<TimeDelta> {
        let sent = self.published(message, not_before)?;
        Some(self.handled(message, sent.start)?.start - sent.start)
    }

    /// How a step's time divides: until the command arrives, until the reply is sent, until it arrives.
    pub(super) fn division(
        &self,
        (command, sent): (&str, DateTime<Utc>),
        (reply, arrived): (&str, DateTime<Utc>),
    ) -> Option<[TimeDelta; 3]> {
        let sent = self.published(command, sent)?.start;
        let begun = self.handled(command, sent)?.start;
        let replied = self.published(reply, begun)?.start;
        let is_ordered = begun <= replied && replied <= arrived;
        is_ordered.then(|| [begun - sent, replied - begun, arrived - replied])
    }

    /// How long the request took that was answered around `at`.
    pub(super) fn request(&self, at: DateTime<Utc>) -> Option<TimeDelta> {
        let covers = |span: &&&Span| {
            let is_request = span.kind == SpanKind::Server && span.service == "gateway";
            is_request && span.start <= at && at <= span.end()
        };
        self.0.iter().find(covers).map(|span| span.duration)
    }

    /// Calls to the payment provider.
    pub(super) fn provider_calls(&self) -> impl Iterator<Item = &'a Span> {
        let is_call = |span: &&Span| {
            let is_http = span.name.starts_with("POST /") || span.name.starts_with("GET /");
            span.service == "payment" && span.kind == SpanKind::Client && is_http
        };
        self.0.iter().copied().filter(is_call)
    }

    /// Mails that were sent, with their kind: `order_confirmed`.
    pub(super) fn mails(&self) -> impl Iterator<Item = (&'a Span, &'a str)> {
        self.0.iter().copied().filter_map(|span| {
            let kind = span.name.strip_prefix("send ")?.strip_suffix(" mail")?;
            (span.service == "user").then_some((span, kind))
        })
    }

    /// Messages whose handling failed, with the lane of the receiver and the type of the message.
    pub(super) fn failed_handlings(&self) -> impl Iterator<Item = (&'a Span, Lane, &'a str)> {
        self.0.iter().copied().filter_map(|span| {
            let is_failed = span.is_error && span.kind == SpanKind::Consumer;
            let (message, _) = span.name.strip_prefix("process ")?.split_once(':')?;
            is_failed.then_some((span, Lane::of_service(&span.service)?, message))
        })
    }

    fn published(&self, message: &str, not_before: DateTime<Utc>) -> Option<&'a Span> {
        self.first(SpanKind::Producer, not_before, |name| {
            let (_, published) = name.strip_prefix("publish ")?.split_once(':')?;
            Some(published == message)
        })
    }

    fn handled(&self, message: &str, not_before: DateTime<Utc>) -> Option<&'a Span> {
        self.first(SpanKind::Consumer, not_before, |name| {
            let (handled, _) = name.strip_prefix("process ")?.split_once(':')?;
            Some(handled == message)
        })
    }

    fn first(
        &self,
        kind: SpanKind,
        not_before: DateTime<Utc>,
        is_about: impl Fn(&'a str) -> Option<bool>,
    ) -> Option<&'a Span> {
        self.0.iter().copied().find(|span| {
            let matches = span.kind == kind && span.start >= not_before;
            matches && is_about(&span.name) == Some(true)
        })
    }
}
