//! What a diagram is made of, before it has a place on the page.

use chrono::{DateTime, TimeDelta, Utc};

use super::{duration, lane::Lane};

/// How a row looks; words and an icon say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Done,
    Undone,
    Again,
    Failed,
}

impl Tone {
    /// The class in style sheets.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Again => "again",
            Self::Failed => "failed",
        }
    }

    /// The same in words, for those who do not see it.
    pub(super) const fn spoken(self) -> &'static str {
        match self {
            Self::Plain | Self::Done => "",
            Self::Undone => "Undo",
            Self::Again => "Again",
            Self::Failed => "Failed",
        }
    }
}

/// What an arrow stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A call that is answered at once: gRPC or HTTP.
    Call,
    /// A command through the broker.
    Command,
    /// An event through the broker.
    Event,
}

impl Shape {
    /// The class in style sheets.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Command => "command",
            Self::Event => "event",
        }
    }
}

/// An arrow from lane to lane.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) at: DateTime<Utc>,
    pub(super) from: Lane,
    pub(super) to: Lane,
    pub(super) shape: Shape,
    pub(super) tone: Tone,
    /// What it says: `Reserve stock`.
    pub(super) label: String,
    /// Its type, or the name of the call: `catalog.reserve.v1`.
    pub(super) name: String,
    /// How long the step or the call took.
    pub(super) took: Option<TimeDelta>,
    /// How long it was under way, if spans show it.
    pub(super) delivery: Option<TimeDelta>,
    /// More for those who look closer; may be empty.
    pub(super) detail: String,
}

impl Message {
    /// More than the label says.
    pub(super) fn more(&self) -> Option<&str> {
        let is_more = !self.detail.is_empty() && self.detail != self.label;
        is_more.then_some(self.detail.as_str())
    }

    /// `4.2 ms`.
    pub(super) fn took_text(&self) -> Option<String> {
        self.took.map(duration::text)
    }
}

/// Something that happens in one lane.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) at: DateTime<Utc>,
    pub(super) lane: Lane,
    pub(super) tone: Tone,
    pub(super) text: String,
    /// More for those who look closer; may be empty.
    pub(super) detail: String,
    /// Whether the order has a new status.
    pub(super) is_milestone: bool,
}

impl Note {
    /// More than the text says.
    pub(super) fn more(&self) -> Option<&str> {
        let is_more = !self.detail.is_empty() && self.detail != self.text;
        is_more.then_some(self.detail.as_str())
    }
}

/// Where the order waits now.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    /// For whom.
    pub(super) lane: Lane,
    /// `Waits for payment: authorize, attempt 2, again at 14:03:22`.
    pub(super) text: String,
    /// `stuck`, `idle` if only people can go on, or `active`.
    pub(super) class: &'static str,
}

/// A row of the diagram. Time flows downward.
#[derive(Debug, Clone)]
pub(super) enum Row {
    Message(Message),
    Note(Note),
    /// Time in which nothing happened.
    Pause(TimeDelta),
    Waiting(Waiting),
}

impl Row {
    /// When it happened, if it is a moment.
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Message(message) => Some(message.at),
            Self::Note(note) => Some(note.at),
            Self::Pause(_) | Self::Waiting(_) => None,
        }
    }

    /// `2 h 14 min later`.
    pub(super) fn pause_text(pause: &TimeDelta) -> String {
        format!("{} later", duration::text(*pause))
    }

    /// The lanes that it needs.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        match self {
            Self::Message(message) => vec![message.from, message.to],
            Self::Note(note) => vec![note.lane],
            Self::Pause(_) => Vec::new(),
            Self::Waiting(waiting) => vec![waiting.lane],
        }
    }
}

/// Rows that belong together.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    /// `Checkout`.
    pub(super) title: &'static str,
    /// The time since the phase before, if it is long.
    pub(super) pause: Option<TimeDelta>,
    pub(super) rows: Vec<Row>,
}

impl Phase {
    /// When its first row happened.
    pub(super) fn begin(&self) -> Option<DateTime<Utc>> {
        self.rows.iter().find_map(Row::at)
    }

    /// When its last row happened.
    pub(super) fn end(&self) -> Option<DateTime<Utc>> {
        self.rows.iter().rev().find_map(Row::at)
    }
}
