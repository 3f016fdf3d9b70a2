//! Where each row is on the page, in units of the drawing. Text is measured by its characters.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    duration,
    lane::Lane,
    row::{Message, Note, Phase, Row, Shape, Tone, Waiting},
};

mod bars;

pub(super) use bars::Bar;

/// The width of the drawing; style sheets show it between 94 % and 125 % of that in CSS pixels.
pub(super) const WIDTH: i32 = 960;
/// The column of times.
const TIMES: i32 = 92;
/// From the edges of the drawing to the outer lanes.
const MARGIN: i32 = 60;
/// A character of a message's name, in tenths.
const NAME: i32 = 79;
/// Between two texts in a row, and around a text in a pill.
const SPACE: i32 = 14;
/// The longest text that is not cut, in characters.
const LONGEST: usize = 72;
/// Half of the width of an activation bar.
pub(super) const HALF_BAR: i32 = 5;

/// The lanes of a diagram, with the center of each.
#[derive(Debug, Clone)]
pub(super) struct Lanes(Vec<(Lane, i32)>);

impl Lanes {
    /// The lanes that rows use.
    pub(super) fn of(phases: &[Phase]) -> Self {
        let rows = phases.iter().flat_map(|phase| &phase.rows);
        let mut lanes: Vec<Lane> = rows.flat_map(Row::lanes).collect();
        lanes.extend([Lane::People, Lane::Order]);
        lanes.sort_unstable();
        lanes.dedup();
        let shares: i32 = lanes.iter().map(|lane| lane.gap()).sum();
        let width = WIDTH - TIMES - 2 * MARGIN;
        let mut share = 0;
        let place = |lane: Lane| {
            share += lane.gap();
            (lane, TIMES + MARGIN + width * share / shares)
        };
        Self(lanes.into_iter().map(place).collect())
    }

    /// The lanes from left to right.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Lane, i32)> {
        self.0.iter().copied()
    }

    fn x(&self, lane: Lane) -> i32 {
        let found = self.0.iter().find(|(one, _)| *one == lane);
        found.map_or(TIMES + MARGIN, |(_, x)| *x)
    }
}

/// A phase as a drawing.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) height: i32,
    /// The centers of the lanes.
    pub(super) lifelines: Vec<i32>,
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
}

/// A row in its place.
#[derive(Debug)]
pub(super) enum Mark {
    Arrow(Arrow),
    Pill(Pill),
    Break(Pill),
    Waiting(Pill, Option<Arrow>),
}

/// An arrow with its texts.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) class: String,
    /// Where it starts and ends.
    pub(super) from: (i32, i32),
    pub(super) to: (i32, i32),
    pub(super) points_right: bool,
    /// Whether its tip is open: an event.
    pub(super) is_open: bool,
    /// The center of its label, and of its name.
    pub(super) center: i32,
    pub(super) name_x: i32,
    /// Where its icon is, left of the label.
    pub(super) icon_x: i32,
    pub(super) icon: &'static str,
    pub(super) label: String,
    pub(super) took: Option<String>,
    pub(super) name: String,
    pub(super) time: String,
    /// The whole text, for a pointer that rests on it.
    pub(super) title: String,
}

/// A text in a box.
#[derive(Debug)]
pub(super) struct Pill {
    pub(super) class: String,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) icon: &'static str,
    pub(super) text: String,
    pub(super) time: String,
    pub(super) title: String,
}

impl Arrow {
    pub(super) fn label_y(&self) -> i32 {
        self.from.1 - 9
    }

    pub(super) fn name_y(&self) -> i32 {
        self.from.1.max(self.to.1) + 17
    }

    /// Where the line ends: a filled tip covers the rest.
    pub(super) fn line_end(&self) -> i32 {
        self.to.0 + if self.points_right { -2 } else { 2 }
    }

    /// The path of the tip from its point: filled, or open for an event.
    pub(super) fn tip(&self) -> &'static str {
        match (self.points_right, self.is_open) {
            (true, false) => "l-9-5v10z",
            (false, false) => "l9-5v10z",
            (true, true) => "l-9-5m9 5-9 5",
            (false, true) => "l9-5m-9 5 9 5",
        }
    }
}

impl Pill {
    pub(super) fn text_x(&self) -> i32 {
        let icon = if self.icon.is_empty() { 0 } else { 11 };
        self.x + self.width / 2 + icon
    }

    pub(super) fn text_y(&self) -> i32 {
        self.y + self.height / 2 + 5
    }

    pub(super) fn icon_x(&self) -> i32 {
        self.x + SPACE - 2
    }

    pub(super) fn icon_y(&self) -> i32 {
        self.y + self.height / 2 - 8
    }
}

/// Draws a phase; `is_last` if nothing follows it.
pub(super) fn draw(phase: &Phase, lanes: &Lanes) -> Picture {
    let mut pen = Pen::new(lanes);
    let mut bars = bars::Bars::default();
    for row in &phase.rows {
        match row {
            Row::Message(message) => {
                let arrow = pen.arrow(message);
                bars.message(message, arrow.from.1, arrow.to.1);
                pen.marks.push(Mark::Arrow(arrow));
            }
            Row::Note(note) => {
                let pill = pen.note(note);
                bars.note(note.lane, pill.y);
                pen.marks.push(Mark::Pill(pill));
            }
            Row::Pause(pause) => {
                let pill = pen.pause(*pause);
                pen.marks.push(Mark::Break(pill));
            }
            Row::Waiting(waiting) => {
                let (pill, arrow) = pen.waiting(waiting);
                if arrow.is_some() {
                    bars.note(Lane::Order, pill.y);
                }
                pen.marks.push(Mark::Waiting(pill, arrow));
            }
        }
    }
    let height = pen.y + 10;
    Picture {
        height,
        lifelines: lanes.iter().map(|(_, x)| x).collect(),
        bars: bars.finish(height, |lane| lanes.x(lane)),
        marks: pen.marks,
    }
}

/// Draws row after row, downward.
struct Pen<'a> {
    lanes: &'a Lanes,
    /// Where the next row begins.
    y: i32,
    /// The time that others are given from: of the first row, or of the first after a pause.
    begin: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    last_time: String,
    marks: Vec<Mark>,
}

impl<'a> Pen<'a> {
    fn new(lanes: &'a Lanes) -> Self {
        Self {
            lanes,
            y: 6,
            begin: None,
            last: None,
            last_time: String::new(),
            marks: Vec::new(),
        }
    }

    /// More space after a longer time. The drawing has no scale.
    fn space_after(&mut self, at: DateTime<Utc>) {
        let since = self.last.map_or(0, |last| (at - last).num_milliseconds());
        self.y += match since {
            ..1 => 0,
            1..10 => 3,
            10..100 => 8,
            _ => 14,
        };
    }

    /// The time next to a row: of the day first and after a pause, then since the beginning. Empty if it says nothing new.
    fn time(&mut self, at: DateTime<Utc>) -> String {
        if self.last.is_none() {
            self.begin = Some(at);
        }
        let time = match (self.last, self.begin) {
            (Some(_), Some(begin)) if at == begin => self.last_time.clone(),
            (Some(_), Some(begin)) => format!("+{}", duration::text(at - begin)),
            _ => at.format("%H:%M:%S%.3f").to_string(),
        };
        self.last = Some(at);
        if time == self.last_time {
            return String::new();
        }
        self.last_time.clone_from(&time);
        time
    }

    fn arrow(&mut self, message: &Message) -> Arrow {
        self.space_after(message.at);
        let time = self.time(message.at);
        let (from_x, to_x) = (self.lanes.x(message.from), self.lanes.x(message.to));
        let points_right = from_x < to_x;
        let bar = if points_right { HALF_BAR } else { -HALF_BAR };
        let y = self.y + 27;
        let slant = message.delivery.map_or(0, slant);
        self.y = y + slant + 29;
        let took = message.took_text();
        let label = cut(&message.label);
        let icon = icon(message.tone);
        let took_width = took.as_ref().map_or(0, |took| label_width(took) + SPACE);
        let label_width = label_width(&label) + took_width;
        let icon_width = if icon.is_empty() { 0 } else { 20 };
        let center = |width| beside_bars((from_x + to_x) / 2, width, (from_x, to_x), message);
        let name_x = center(name_width(&message.name));
        let center = center(label_width + 2 * icon_width);
        Arrow {
            class: format!("{} {}", message.shape.class(), message.tone.class()),
            from: (from_x + bar, y),
            to: (to_x - bar, y + slant),
            points_right,
            is_open: message.shape == Shape::Event,
            center,
            name_x,
            icon_x: center - label_width / 2 - icon_width,
            icon,
            label,
            took,
            name: message.name.clone(),
            time,
            title: title(&message.label, message.more()),
        }
    }

    fn note(&mut self, note: &Note) -> Pill {
        self.space_after(note.at);
        let time = self.time(note.at);
        let kind = if note.is_milestone {
            "milestone"
        } else {
            "note"
        };
        let class = format!("{kind} {}", note.tone.class());
        let icon = match note.tone {
            Tone::Done => "check",
            tone => icon(tone),
        };
        let title = title(&note.text, note.more());
        Pill {
            time,
            title,
            ..self.pill(self.lanes.x(note.lane), &note.text, icon, class)
        }
    }

    fn pause(&mut self, pause: TimeDelta) -> Pill {
        // The time of the day follows.
        self.last = None;
        self.y += 6;
        let text = Row::pause_text(&pause);
        let middle = (self.lanes.x(Lane::People) + WIDTH - MARGIN) / 2;
        let pill = self.pill(middle, &text, "clock", "pause".to_owned());
        self.y += 8;
        pill
    }

    /// Nothing is on its way to people who can go on whenever they want.
    fn waiting(&mut self, waiting: &Waiting) -> (Pill, Option<Arrow>) {
        self.y += 6;
        if waiting.class == "idle" {
            let x = self.lanes.x(waiting.lane);
            let mut pill = self.pill(x, &waiting.text, "clock", "waits idle".to_owned());
            "now".clone_into(&mut pill.time);
            return (pill, None);
        }
        let y = self.y + 12;
        let (from_x, to_x) = (self.lanes.x(Lane::Order), self.lanes.x(waiting.lane));
        let points_right = from_x < to_x;
        let bar = if points_right { HALF_BAR } else { -HALF_BAR };
        let arrow = Arrow {
            class: waiting.class.to_owned(),
            from: (from_x + bar, y),
            to: (to_x - bar, y),
            points_right,
            is_open: false,
            center: to_x,
            name_x: to_x,
            icon_x: 0,
            icon: "",
            label: String::new(),
            took: None,
            name: String::new(),
            time: "now".to_owned(),
            title: waiting.text.clone(),
        };
        self.y = y + 10;
        let class = format!("waits {}", waiting.class);
        let icon = match waiting.class {
            "stuck" => "alert",
            _ => "clock",
        };
        let pill = self.pill((from_x + to_x) / 2, &waiting.text, icon, class);
        (pill, Some(arrow))
    }

    /// A box around a text, and the place for it.
    fn pill(&mut self, middle: i32, text: &str, icon: &'static str, class: String) -> Pill {
        let text = cut(text);
        let icon_width = if icon.is_empty() { 0 } else { 22 };
        let width = label_width(&text) + icon_width + 2 * SPACE;
        let height = 30;
        let y = self.y + 8;
        self.y = y + height + 8;
        Pill {
            class,
            x: within(middle, width) - width / 2,
            y,
            width,
            height,
            icon,
            text,
            time: String::new(),
            title: String::new(),
        }
    }
}

/// The icon of a tone; empty for none.
const fn icon(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Done => "",
        Tone::Undone => "undo",
        Tone::Again => "again",
        Tone::Failed => "failed",
    }
}

/// How far an arrow goes down while its message is under way.
fn slant(delivery: TimeDelta) -> i32 {
    match delivery.num_microseconds().unwrap_or(i64::MAX) {
        ..500 => 2,
        500..2_000 => 4,
        2_000..10_000 => 6,
        10_000..100_000 => 9,
        _ => 13,
    }
}

/// The width of the name of a message, whose characters are all as wide.
pub(super) fn name_width(text: &str) -> i32 {
    text.chars().map(|_| NAME).sum::<i32>() / 10
}

/// The width of a label, by the width of its characters in the usual fonts of systems.
pub(super) fn label_width(text: &str) -> i32 {
    let tenths = text.chars().map(|character| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | ' ' => 40,
        'f' | 'r' | 't' | '-' | '(' | ')' => 54,
        'm' | 'w' | 'M' | 'W' => 118,
        'A'..='Z' | '…' => 92,
        _ => 84,
    });
    tenths.sum::<i32>() / 10
}

/// The center nearest to `middle` at which a text does not leave the drawing.
fn within(middle: i32, width: i32) -> i32 {
    let half = width / 2 + 4;
    middle.min(WIDTH - half).max(TIMES + half)
}

/// The center of an arrow's texts. Those that do not fit between its lanes leave a bar that goes on free: that of the lane on
/// the left, or that of `order` next to a person.
fn beside_bars(middle: i32, width: i32, (from_x, to_x): (i32, i32), message: &Message) -> i32 {
    let half = width / 2 + HALF_BAR + 5;
    let (left, right) = (from_x.min(to_x), from_x.max(to_x));
    let is_of_person = message.from == Lane::People || message.to == Lane::People;
    let center = match is_of_person {
        true => middle.min(right - half),
        false => middle.max(left + half),
    };
    within(center, width)
}

/// A text that fits into a row.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn title(text: &str, more: Option<&str>) -> String {
    match more {
        Some(more) => format!("{text}. {more}"),
        None => text.to_owned(),
    }
}
