//! What the templates show.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Input, duration, headline,
    lane::Lane,
    layout::{self, Lanes, Picture, WIDTH},
    row::{Phase, Row},
    sequence::Sequence,
    shares::{self, Share},
    span::Trace,
    waiting,
};
use crate::{model::OrderStatus, pages::format};

/// Spans of the last step arrive until then.
const SETTLED: TimeDelta = TimeDelta::seconds(15);

/// The diagram with all that surrounds it.
pub(super) struct View {
    /// `Placed → confirmed in 43 ms`.
    pub(super) headline: String,
    /// `9 messages`, `1 retry`, `2 steps undone`.
    pub(super) counts: Vec<String>,
    /// Where the time of the checkout went.
    pub(super) shares: Vec<Share>,
    /// The heads of the lanes.
    pub(super) heads: Vec<Head>,
    pub(super) phases: Vec<PhaseView>,
    /// What the times are from.
    pub(super) source: String,
    /// Text and path.
    pub(super) links: Vec<(&'static str, String)>,
    /// For who searches in logs.
    pub(super) id: String,
    pub(super) trace_id: Option<String>,
    /// Why the page does not show where the order waits, as the last segment of the type of a problem.
    pub(super) missing: Option<String>,
    /// Whether the page's script follows the order.
    pub(super) is_live: bool,
    /// Whether the script draws it again without an event: replies and spans may arrive at any moment.
    pub(super) is_moving: bool,
    pub(super) drawn_at: DateTime<Utc>,
}

/// The head of a lane.
pub(super) struct Head {
    pub(super) x: i32,
    pub(super) class: &'static str,
    pub(super) title: &'static str,
    pub(super) role: &'static str,
}

/// A phase, drawn and listed.
pub(super) struct PhaseView {
    pub(super) title: &'static str,
    pub(super) class: &'static str,
    /// `2 h 14 min later`.
    pub(super) pause: Option<String>,
    pub(super) begun: Option<DateTime<Utc>>,
    pub(super) took: Option<String>,
    pub(super) picture: Picture,
    pub(super) rows: Vec<Row>,
}

impl View {
    pub(super) fn of(input: &Input<'_>) -> Self {
        let trace = Trace::new(input.spans);
        let mut sequence = Sequence::of(input, &trace);
        let waiting = waiting::of(input, sequence.pending);
        let is_awaited = waiting
            .as_ref()
            .is_some_and(|waiting| waiting.class != "idle");
        if let (Some(waiting), Some(phase)) = (waiting, sequence.phases.last_mut()) {
            phase.rows.push(Row::Waiting(waiting));
        }
        let lanes = Lanes::of(&sequence.phases);
        let last = input.entries.last().map(|entry| entry.at);
        let is_over = matches!(
            input.status,
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Delivered
        );
        let head = |(lane, x): (Lane, i32)| Head {
            x,
            class: lane.name(),
            title: lane.title(sequence.has_staff),
            role: lane.role(),
        };
        Self {
            headline: headline::of(input),
            counts: counts(&sequence),
            shares: shares::of(&sequence.steps),
            heads: lanes.iter().map(head).collect(),
            source: source(input, &trace),
            links: input.links.to_vec(),
            id: input.id.hyphenated().to_string(),
            trace_id: input.saga.and_then(|saga| saga.trace_id.clone()),
            missing: input.missing.map(str::to_owned),
            is_live: !is_over,
            is_moving: is_awaited || last.is_some_and(|last| input.now - last < SETTLED),
            drawn_at: input.now,
            phases: sequence
                .phases
                .into_iter()
                .map(|phase| PhaseView::of(phase, &lanes))
                .collect(),
        }
    }

    pub(super) fn width(&self) -> i32 {
        WIDTH
    }
}

impl PhaseView {
    fn of(phase: Phase, lanes: &Lanes) -> Self {
        let took = phase.begin().zip(phase.end());
        let took = took
            .map(|(begin, end)| end - begin)
            .filter(|took| !took.is_zero());
        Self {
            title: phase.title,
            class: match phase.title {
                "Undo" | "Cancellation" | "Authorization expired" => "undone",
                _ => "forward",
            },
            pause: phase.pause.as_ref().map(Row::pause_text),
            begun: phase.begin(),
            took: took.map(duration::text),
            picture: layout::draw(&phase, lanes),
            rows: phase.rows,
        }
    }
}

fn counts(sequence: &Sequence) -> Vec<String> {
    let count = |number: usize, one: &str, many: &str| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        format::count(number, one, many)
    };
    let mut counts = vec![count(sequence.messages, "message", "messages")];
    if sequence.retries > 0 {
        counts.push(count(sequence.retries, "retry", "retries"));
    }
    if sequence.undone > 0 {
        counts.push(count(sequence.undone, "step undone", "steps undone"));
    }
    counts
}

fn source(input: &Input<'_>, trace: &Trace<'_>) -> String {
    match u64::try_from(trace.len()).unwrap_or(u64::MAX) {
        0 => "Drawn from the order's timeline alone, because there are no spans of its trace. A step's time is that from \
              its command to the moment at which order handled the reply."
            .to_owned(),
        spans => {
            let spans = format::count(spans, "span", "spans");
            let entries = u64::try_from(input.entries.len()).unwrap_or(u64::MAX);
            let entries = format::count(entries, "entry", "entries");
            format!(
                "Drawn from {entries} of the order's timeline and {spans} of its trace. An arrow that slants shows that its \
                 message was under way."
            )
        }
    }
}
