//! The order's state machine. Every decision is a pure function of the order and the input.

use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, PaymentId, ReservationId, UserId};
use serde::{Deserialize, Serialize};

use super::checkout::Checkout;
use super::event::Event;
use super::totals::Totals;
use crate::saga::{self, Plan, RejectReason, Step};

mod decide;
mod payment_events;
mod status;

pub(crate) use status::{CancelReason, EndReason, Status};

/// The part of an order that decisions need.
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
    /// How often shipment was requested.
    pub(crate) shipments: u32,
    pub(crate) placed_at: DateTime<Utc>,
    /// The step whose reply is awaited.
    pub(crate) step: Option<Step>,
    /// When the step was first requested; set when the order is loaded, not by events.
    pub(crate) step_since: DateTime<Utc>,
    /// How often the step was requested.
    pub(crate) attempts: u32,
    /// How the order ends once everything is undone; set when undoing begins.
    pub(crate) end_reason: Option<EndReason>,
    /// What the customer must do before payment can reply.
    pub(crate) action: Option<NextAction>,
    /// Whether the authorization has expired.
    pub(crate) hold_expired: bool,
    /// Whether the checkout waited for the customer.
    pub(crate) waited_for_customer: bool,
}

/// What a customer must do to continue the checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NextAction {
    /// Where to send the customer's browser.
    pub(crate) redirect_url: String,
    /// When the checkout is given up.
    pub(crate) expires_at: DateTime<Utc>,
}

/// The outcome of a step, as its participant reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepResult {
    Done,
    /// The reason goes to the timeline and has no personal data.
    Refused(String),
    /// The card was declined: why, as the buyer may know it, and the provider's name of the card.
    Declined {
        reason: String,
        card: Option<String>,
    },
    /// The provider rejected the request for the payment, which is the shop's mistake; why.
    Failed(String),
}

/// A reply that does not apply: late, duplicate or out of order. It is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotApplicable;

impl Order {
    /// A new order, with the events that start its checkout.
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
            step_since: now,
            attempts: 0,
            end_reason: None,
            action: None,
            hold_expired: false,
            waited_for_customer: false,
        };
        let events = vec![Event::Placed, request(saga::FIRST)];
        order.apply(&events);
        (order, events)
    }

    /// Which steps it takes.
    pub(crate) fn plan(&self) -> Plan {
        match self.total.is_zero() {
            true => Plan::Free,
            false => Plan::Paid,
        }
    }

    /// Applies events to the state.
    pub(crate) fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.apply_one(event);
        }
    }

    fn apply_one(&mut self, event: &Event) {
        match event {
            Event::Requested { step, attempt } => {
                self.action = self.action.take().filter(|_| self.step == Some(*step));
                self.step = Some(*step);
                self.attempts = *attempt;
            }
            Event::ActionRequired { next, .. } => {
                self.action = Some(next.clone());
                self.waited_for_customer = true;
            }
            Event::AuthorizationExpired { .. } => self.hold_expired = true,
            Event::Failed(reason) => self.end_reason = Some(EndReason::Rejected(*reason)),
            Event::CancelRequested(by) => self.end_reason = Some(EndReason::Cancelled(*by)),
            Event::ShipmentRequested {
                tracking_number, ..
            } => {
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
            Event::Confirmed => self.settle(Status::Confirmed),
            Event::Rejected(_) => self.settle(Status::Rejected),
            Event::Cancelled(_) => self.settle(Status::Cancelled),
            Event::Shipped => self.settle(Status::Shipped),
            Event::Delivered => self.settle(Status::Delivered),
            Event::Placed
            | Event::Done(_)
            | Event::Refused { .. }
            | Event::CardDeclined { .. }
            | Event::PaymentFailed(_)
            | Event::GivenUp(_)
            | Event::Abandoned(_)
            | Event::RetriedByOperator(_)
            | Event::CompensatedByOperator(_)
            | Event::RefundRequested(_)
            | Event::Refunded(_)
            | Event::RefundFailed { .. }
            | Event::ReturnRequested(_)
            | Event::ReturnApproved { .. }
            | Event::ReturnRefused(_)
            | Event::ReturnWithdrawn(_)
            | Event::RefundsRetriedByOperator(_) => {}
        }
    }

    fn settle(&mut self, status: Status) {
        self.status = status;
        self.step = None;
        self.attempts = 0;
        self.action = None;
    }
}

/// Whether a cancellation or a shipment is in progress.
pub(crate) fn is_in_progress(step: Option<Step>, end_reason: Option<EndReason>) -> bool {
    match step {
        None => false,
        Some(Step::Capture) => true,
        Some(_) => matches!(end_reason, Some(EndReason::Cancelled(_))),
    }
}

fn request(step: Step) -> Event {
    Event::Requested { step, attempt: 1 }
}

/// Begins to undo a failed checkout; `undo` is the first undo that is due.
fn begin_reject(reason: RejectReason, undo: Option<Step>) -> [Event; 2] {
    let next = undo.map_or(Event::Rejected(reason), request);
    [Event::Failed(reason), next]
}

/// Begins to undo a cancelled order; `undo` is the first undo that is due.
fn begin_cancel(reason: CancelReason, undo: Option<Step>) -> [Event; 2] {
    let next = undo.map_or(Event::Cancelled(reason), request);
    [Event::CancelRequested(reason), next]
}

#[cfg(test)]
pub(super) mod tests;
