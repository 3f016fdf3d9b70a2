//! From the entries of a timeline to the rows of the diagram.
//!
//! An entry is what `order` recorded when a reply arrived or when it decided. The command that was sent then has no entry of
//! its own: it follows from the list of steps, as in `order`, so it has the time of the entry that caused it.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TimelineKind;

use super::{
    Input,
    lane::Lane,
    row::{Message, Note, Phase, Row, Shape, Tone},
    span::Trace,
    step::Step,
};
use crate::{model::TimelineEntry, pages::format};

mod kinds;
mod traced;

/// Longer times without a row are a pause.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// The rows of an order, in their phases.
#[derive(Debug)]
pub(super) struct Sequence {
    pub(super) phases: Vec<Phase>,
    /// Whether staff or an operator acted.
    pub(super) has_staff: bool,
    /// The step whose reply is awaited.
    pub(super) pending: Option<Pending>,
    /// The steps of the checkout that got a reply, and how long each took.
    pub(super) steps: Vec<(Step, TimeDelta)>,
    /// Commands and events through the broker.
    pub(super) messages: usize,
    /// Commands that were sent again.
    pub(super) retries: usize,
    /// Steps that were undone.
    pub(super) undone: usize,
}

impl Sequence {
    /// The messages of an order until now.
    pub(super) fn of(input: &Input<'_>, trace: &Trace<'_>) -> Self {
        let mut builder = Builder::new(input, trace);
        for entry in input.entries {
            builder.add(entry);
        }
        let Builder {
            mut phases,
            has_staff,
            pending,
            steps,
            ..
        } = builder;
        traced::add(&mut phases, trace);
        let rows = || phases.iter().flat_map(|phase| &phase.rows);
        let messages = || {
            rows().filter_map(|row| match row {
                Row::Message(message) => Some(message),
                _ => None,
            })
        };
        let is_sent = |message: &&Message| message.shape != Shape::Call;
        let is_undo =
            |message: &&Message| message.shape == Shape::Command && message.tone == Tone::Undone;
        Self {
            messages: messages().filter(is_sent).count(),
            retries: messages().filter(|m| m.tone == Tone::Again).count(),
            undone: messages().filter(is_undo).count(),
            has_staff,
            pending,
            steps,
            phases: with_pauses(phases),
        }
    }
}

/// The step whose reply is awaited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    pub(super) step: Step,
    sent: DateTime<Utc>,
    pub(super) attempt: u32,
}

/// Follows the saga from entry to entry.
struct Builder<'a> {
    total: String,
    is_paid: bool,
    decline_code: Option<&'a str>,
    trace: &'a Trace<'a>,
    phases: Vec<Phase>,
    has_staff: bool,
    pending: Option<Pending>,
    /// Of the checkout, with their replies.
    steps: Vec<(Step, TimeDelta)>,
    /// When refunds were requested that have no reply yet.
    refunds: Vec<DateTime<Utc>>,
    is_confirmed: bool,
    has_expired: bool,
    is_action_announced: bool,
    /// When a return was requested or approved: what follows at once is automatic.
    last_return: Option<DateTime<Utc>>,
}

impl<'a> Builder<'a> {
    fn new(input: &'a Input<'_>, trace: &'a Trace<'a>) -> Self {
        Self {
            total: format::money(input.total),
            is_paid: input.total.minor_units > 0,
            decline_code: input.decline_code,
            trace,
            phases: Vec::new(),
            has_staff: false,
            pending: None,
            steps: Vec::new(),
            refunds: Vec::new(),
            is_confirmed: false,
            has_expired: false,
            is_action_announced: false,
            last_return: None,
        }
    }

    fn add(&mut self, entry: &TimelineEntry) {
        match entry.kind.parse::<TimelineKind>() {
            Ok(kind) => self.add_kind(kind, entry),
            // A newer version of `order` wrote it.
            Err(_) => {
                let lane = Lane::of_service(&entry.service).unwrap_or(Lane::Order);
                self.note(entry, lane, Tone::Plain, &entry.message);
            }
        }
    }

    /// Begins a phase, if it is not the current one.
    fn phase(&mut self, title: &'static str) {
        if !self.is_in(title) {
            self.phases.push(Phase {
                title,
                pause: None,
                rows: Vec::new(),
            });
        }
    }

    fn is_in(&self, title: &str) -> bool {
        self.phases.last().is_some_and(|phase| phase.title == title)
    }

    fn push(&mut self, row: Row) {
        if self.phases.is_empty() {
            self.phase("Checkout");
        }
        if let Some(phase) = self.phases.last_mut() {
            phase.rows.push(row);
        }
    }

    /// A person's request through the gateway.
    fn call(&mut self, entry: &TimelineEntry, label: &str, name: &str) {
        self.push(Row::Message(Message {
            at: entry.at,
            from: Lane::People,
            to: Lane::Order,
            shape: Shape::Call,
            tone: Tone::Plain,
            label: label.to_owned(),
            name: name.to_owned(),
            took: self.trace.request(entry.at),
            delivery: None,
            detail: entry.message.clone(),
        }));
    }

    fn staff(&mut self, entry: &TimelineEntry, label: &str, name: &str) {
        self.has_staff = true;
        self.call(entry, label, name);
    }

    /// The command of a step, for the first time.
    fn request(&mut self, at: DateTime<Utc>, step: Step) {
        let is_checkout = self.is_in("Checkout");
        if step.is_undo() && is_checkout {
            self.phase("Undo");
        }
        self.pending = Some(Pending {
            step,
            sent: at,
            attempt: 1,
        });
        let tone = if step.is_undo() {
            Tone::Undone
        } else {
            Tone::Plain
        };
        let label = match step {
            Step::Authorize | Step::Capture => format!("{} {}", step.label(), self.total),
            _ => step.label().to_owned(),
        };
        self.command(at, step, tone, label, String::new());
    }

    /// The command of the step that is awaited, once more.
    fn request_again(&mut self, entry: &TimelineEntry, counts: bool) {
        let Some(pending) = self.pending.as_mut() else {
            return self.note(entry, Lane::Order, Tone::Again, &entry.message);
        };
        if counts {
            pending.attempt = pending.attempt.saturating_add(1);
        }
        let Pending { step, attempt, .. } = *pending;
        let label = match counts {
            true => format!("{}, attempt {attempt}", step.label()),
            false => format!("{}, once more", step.label()),
        };
        self.command(entry.at, step, Tone::Again, label, entry.message.clone());
    }

    fn command(
        &mut self,
        at: DateTime<Utc>,
        step: Step,
        tone: Tone,
        label: String,
        detail: String,
    ) {
        self.push(Row::Message(Message {
            at,
            from: Lane::Order,
            to: step.lane(),
            shape: Shape::Command,
            tone,
            label,
            name: step.command().to_owned(),
            took: None,
            delivery: self.trace.delivery(step.command(), at),
            detail,
        }));
    }

    /// The reply to the step that is awaited, or an event that no command caused.
    fn reply(&mut self, entry: &TimelineEntry, step: Step, tone: Tone, label: &str, name: &str) {
        let pending = self.pending.take_if(|pending| pending.step == step);
        let sent = pending.map(|pending| pending.sent);
        if let Some(sent) = sent.filter(|_| self.is_in("Checkout")) {
            self.steps.push((step, entry.at - sent));
        }
        self.event(
            entry,
            step.lane(),
            tone,
            label,
            name,
            sent.map(|sent| (step, sent)),
        );
    }

    /// An event of a participant; `answers` is the command that it answers.
    fn event(
        &mut self,
        entry: &TimelineEntry,
        from: Lane,
        tone: Tone,
        label: &str,
        name: &str,
        answers: Option<(Step, DateTime<Utc>)>,
    ) {
        let division = answers.and_then(|(step, sent)| {
            self.trace
                .division((step.command(), sent), (name, entry.at))
        });
        let detail = match division {
            Some(parts) => {
                let [there, work, back] = parts.map(super::duration::text);
                let message = &entry.message;
                format!("{message}: {there} to arrive, {work} of work, {back} back")
            }
            None => entry.message.clone(),
        };
        self.push(Row::Message(Message {
            at: entry.at,
            from,
            to: Lane::Order,
            shape: Shape::Event,
            tone,
            label: label.to_owned(),
            name: name.to_owned(),
            took: answers.map(|(_, sent)| entry.at - sent),
            delivery: division.map(|[_, _, back]| back),
            detail,
        }));
    }

    /// An event of the order for `user`, which sends a mail.
    fn announce(&mut self, entry: &TimelineEntry, label: &str, name: &str) {
        self.push(Row::Message(Message {
            at: entry.at,
            from: Lane::Order,
            to: Lane::User,
            shape: Shape::Event,
            tone: Tone::Plain,
            label: label.to_owned(),
            name: name.to_owned(),
            took: None,
            delivery: self.trace.delivery(name, entry.at),
            detail: entry.message.clone(),
        }));
    }

    fn note(&mut self, entry: &TimelineEntry, lane: Lane, tone: Tone, text: &str) {
        self.push(Row::Note(Note {
            at: entry.at,
            lane,
            tone,
            text: text.to_owned(),
            detail: entry.message.clone(),
            is_milestone: false,
        }));
    }

    /// A new status of the order.
    fn milestone(&mut self, entry: &TimelineEntry, tone: Tone) {
        self.push(Row::Note(Note {
            at: entry.at,
            lane: Lane::Order,
            tone,
            text: entry.message.clone(),
            detail: String::new(),
            is_milestone: true,
        }));
    }
}

/// Marks long times without a row.
fn with_pauses(phases: Vec<Phase>) -> Vec<Phase> {
    let mut last: Option<DateTime<Utc>> = None;
    let mut since_last = |at: DateTime<Utc>| {
        let pause = last.map(|last| at - last).filter(|pause| *pause > PAUSE);
        last = last.max(Some(at));
        pause
    };
    let with_pauses = |mut phase: Phase| {
        let mut rows = Vec::with_capacity(phase.rows.len());
        for row in phase.rows {
            match row.at().and_then(&mut since_last) {
                Some(pause) if rows.is_empty() => phase.pause = Some(pause),
                Some(pause) => rows.push(Row::Pause(pause)),
                None => {}
            }
            rows.push(row);
        }
        phase.rows = rows;
        phase
    };
    phases.into_iter().map(with_pauses).collect()
}
