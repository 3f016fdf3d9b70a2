//! What happened so far, for the status line and the summary.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A customer left with a full cart.
    CartLeft,
    /// An order was placed.
    Placed,
    /// Its payment is authorized and its stock is taken.
    Confirmed,
    /// It was rejected.
    Rejected,
    /// The customer canceled it.
    Canceled,
    /// Staff shipped it.
    Shipped,
    /// Staff marked it delivered.
    Delivered,
    /// Staff approved a return.
    ReturnApproved,
    /// Staff refused a return.
    ReturnRefused,
    /// The customer closed the page of a challenge.
    ChallengeLeft,
    /// Something did not go as expected.
    Error,
}

/// As many as [`Event`] has.
const EVENTS: usize = 11;

/// Counts. Any task may add to them.
#[derive(Debug, Default)]
pub struct Tally {
    counts: [AtomicU64; EVENTS],
    last_error: Mutex<Option<String>>,
    answered: Mutex<Option<Instant>>,
}

impl Tally {
    /// How often this happened.
    pub fn count(&self, event: Event) -> u64 {
        self.of(event)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// The last error, if there was one.
    pub fn last_error(&self) -> Option<String> {
        let error = self.last_error.lock();
        error.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, event: Event) {
        if let Some(count) = self.of(event) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.add(Event::Error);
        let mut last = self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some(format!("{error:#}"));
    }

    /// The shop answered now.
    pub(crate) fn answered(&self) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        *answered = Some(Instant::now());
    }

    /// For how long the shop has not answered, since its first answer.
    pub(crate) fn silence(&self) -> Duration {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered
            .map(|answered| answered.elapsed())
            .unwrap_or_default()
    }

    /// The counts as lines, when the run is over.
    pub fn summary(&self) -> String {
        let returned = [Event::ReturnApproved, Event::ReturnRefused].map(|event| self.count(event));
        let mut text = format!(
            "{self}\n{} delivered, {} returns approved, {} refused; {} carts left, {} challenges left",
            self.count(Event::Delivered),
            returned[0],
            returned[1],
            self.count(Event::CartLeft),
            self.count(Event::ChallengeLeft),
        );
        if let Some(error) = self.last_error() {
            text.push_str("\nlast error: ");
            text.push_str(&error);
        }
        text
    }

    fn of(&self, event: Event) -> Option<&AtomicU64> {
        let index = match event {
            Event::CartLeft => 0,
            Event::Placed => 1,
            Event::Confirmed => 2,
            Event::Rejected => 3,
            Event::Canceled => 4,
            Event::Shipped => 5,
            Event::Delivered => 6,
            Event::ReturnApproved => 7,
            Event::ReturnRefused => 8,
            Event::ChallengeLeft => 9,
            Event::Error => 10,
        };
        self.counts.get(index)
    }
}

/// One line, short enough for a terminal of 80 columns.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [placed, confirmed, rejected, canceled, shipped, errors] = [
            Event::Placed,
            Event::Confirmed,
            Event::Rejected,
            Event::Canceled,
            Event::Shipped,
            Event::Error,
        ]
        .map(|event| self.count(event));
        write!(
            f,
            "{placed} placed, {confirmed} confirmed, {rejected} rejected, {canceled} cancelled, {shipped} shipped; \
             {errors} errors"
        )
    }
}
