//! The order's state machine. Every decision is a pure function of the order and what came in.

use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, PaymentId, ReservationId, UserId};

use super::event::Event;
use super::{Error, checkout::Checkout, totals::Totals};
use crate::saga::{self, Step, Timing, Unanswered};

mod by_hand;
mod decide;
mod news;
mod words;

pub(crate) use words::{By, Reason, Status, Verdict};

/// What is known of an order while decisions are made about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) customer_id: UserId,
    pub(crate) status: Status,
    pub(crate) total: Money,
    pub(crate) payment_method: String,
    pub(crate) reservation_id: ReservationId,
    pub(crate) payment_id: PaymentId,
    pub(crate) tracking_number: Option<String>,
    /// How often shipment was asked for.
    pub(crate) shipments: u32,
    pub(crate) placed_at: DateTime<Utc>,
    /// What was asked for and is not answered yet.
    pub(crate) step: Option<Step>,
    /// How often it was asked for.
    pub(crate) attempts: u32,
    /// What the order comes to once everything is undone.
    pub(crate) verdict: Option<Verdict>,
    /// What the customer must do before the step can be answered.
    pub(crate) action: Option<NextAction>,
    /// Whether the provider has let the authorized amount go by itself.
    pub(crate) hold_expired: bool,
    /// Whether the customer had to act before the payment could be answered.
    pub(crate) waited_for_customer: bool,
}

/// What a customer must do for her checkout to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextAction {
    /// Where to send her browser.
    pub(crate) redirect_url: String,
    /// When the checkout is given up.
    pub(crate) expires_at: DateTime<Utc>,
}

/// What a participant answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The step is done.
    Yes,
    /// The step was refused; in words for the timeline.
    No(String),
}

/// An answer that does not apply: late, twice, or out of order. Harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotApplicable;

impl Order {
    /// A new order, with everything that starts its checkout.
    pub(crate) fn place(
        customer_id: UserId,
        checkout: &Checkout,
        totals: &Totals,
        now: DateTime<Utc>,
    ) -> (Self, Vec<Event>) {
        let mut order = Self {
            id: OrderId::generate(),
            customer_id,
            status: Status::Pending,
            total: totals.total,
            payment_method: checkout.payment_method.clone(),
            reservation_id: ReservationId::generate(),
            payment_id: PaymentId::generate(),
            tracking_number: None,
            shipments: 0,
            placed_at: now,
            step: None,
            attempts: 0,
            verdict: None,
            action: None,
            hold_expired: false,
            waited_for_customer: false,
        };
        let events = vec![Event::Placed, ask(saga::FIRST)];
        order.apply(&events);
        (order, events)
    }

    /// Takes note of what happened.
    pub(crate) fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.apply_one(event);
        }
    }

    fn apply_one(&mut self, event: &Event) {
        match event {
            Event::Asked { step, attempt } => {
                self.action = self.action.take().filter(|_| self.step == Some(*step));
                self.step = Some(*step);
                self.attempts = *attempt;
            }
            Event::ActionRequired { next, .. } => {
                self.action = Some(next.clone());
                self.waited_for_customer = true;
            }
            Event::HoldExpired { .. } => self.hold_expired = true,
            Event::Failed(reason) => self.verdict = Some(Verdict::Reject(*reason)),
            Event::CancelRequested(by) => self.verdict = Some(Verdict::Cancel(*by)),
            Event::ShipmentRequested { tracking_number } => {
                self.tracking_number = Some(tracking_number.clone());
                self.shipments = self.shipments.saturating_add(1);
            }
            Event::Refused {
                step: Step::Capture,
                ..
            } => {
                self.tracking_number = None;
                self.step = None;
            }
            Event::Confirmed => self.rest(Status::Confirmed),
            Event::Rejected(_) => self.rest(Status::Rejected),
            Event::Cancelled(_) => self.rest(Status::Cancelled),
            Event::Shipped => self.rest(Status::Shipped),
            Event::Delivered => self.rest(Status::Delivered),
            Event::Placed
            | Event::Done(_)
            | Event::Refused { .. }
            | Event::GivenUp(_)
            | Event::Abandoned(_)
            | Event::AskedByHand(_)
            | Event::GivenUpByHand(_) => {}
        }
    }

    fn rest(&mut self, status: Status) {
        self.status = status;
        self.step = None;
        self.attempts = 0;
        self.action = None;
    }
}

/// True while a cancellation or a shipment is being carried out.
pub(crate) fn is_in_progress(step: Option<Step>, verdict: Option<Verdict>) -> bool {
    match step {
        None => false,
        Some(Step::Capture) => true,
        Some(_) => matches!(verdict, Some(Verdict::Cancel(_))),
    }
}

fn ask(step: Step) -> Event {
    Event::Asked { step, attempt: 1 }
}

/// Begins to undo a checkout that has failed; `undo` is what is owed first.
fn fail(reason: Reason, undo: Option<Step>) -> [Event; 2] {
    let next = undo.map_or(Event::Rejected(reason), ask);
    [Event::Failed(reason), next]
}

/// Begins to undo an order that was called off; `undo` is what is owed first.
fn call_off(by: By, undo: Option<Step>) -> [Event; 2] {
    let next = undo.map_or(Event::Cancelled(by), ask);
    [Event::CancelRequested(by), next]
}

#[cfg(test)]
mod tests;
