use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{OrderId, PaymentId, RefundId, ReservationId};

use super::event::Event;
use super::order::{NotApplicable, Order, StepResult};
use super::refund::{Refund, RefundStatus};
use crate::saga::Step;

/// What a participant reports about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) order_id: OrderId,
    pub(crate) report: Report,
}

/// The content of a reply. It applies only when its ids are the order's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// The result of a step.
    Step(Step, Subject, StepResult),
    /// The customer must act before the authorization is answered.
    ActionRequired {
        payment_id: PaymentId,
        redirect_url: String,
    },
    /// The provider has released the authorized amount.
    AuthorizationExpired { payment_id: PaymentId },
    /// The result of a refund.
    Refund(RefundId, StepResult),
}

/// What a step is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Reservation(ReservationId),
    Payment(PaymentId),
    /// The capture of one shipment: an earlier one may have been refused.
    Shipment(PaymentId, u32),
}

/// The orders and refunds that a batch of replies is about. Replies about the same order are decided
/// one after the other, each on the state that the one before left.
#[derive(Debug, Default)]
pub(crate) struct Replied {
    pub(crate) orders: HashMap<OrderId, Order>,
    pub(crate) refunds: HashMap<RefundId, Refund>,
}

impl Replied {
    /// Applies a reply; returns the order afterwards, with no events when the reply does not apply.
    /// None when there is no such order. `until` is when a customer who has to act must have acted.
    pub(crate) fn apply(
        &mut self,
        reply: Reply,
        until: DateTime<Utc>,
    ) -> Option<(Order, Vec<Event>)> {
        let order = self.orders.get_mut(&reply.order_id)?;
        let events = match reply.report {
            Report::Refund(id, result) => {
                let refund = self.refunds.get(&id);
                refund
                    .filter(|refund| refund.order_id == order.id)
                    .ok_or(NotApplicable)
                    .and_then(|refund| refund.answered(result))
                    .map(|event| vec![event])
            }
            report => order.reported(report, until),
        };
        let events = events.unwrap_or_default();
        order.apply(&events);
        for refund in events.iter().filter_map(Event::refund) {
            self.refunds.insert(refund.id, *refund);
        }
        Some((order.clone(), events))
    }
}

impl Order {
    /// What follows from a report about its steps or its payment.
    fn reported(&self, report: Report, until: DateTime<Utc>) -> Result<Vec<Event>, NotApplicable> {
        match report {
            Report::Step(step, subject, result) if self.owns(subject) => {
                self.answered(step, result)
            }
            Report::ActionRequired {
                payment_id,
                redirect_url,
            } if payment_id == self.payment_id => self.action_required(redirect_url, until),
            Report::AuthorizationExpired { payment_id } if payment_id == self.payment_id => {
                self.authorization_expired()
            }
            _ => Err(NotApplicable),
        }
    }

    fn owns(&self, subject: Subject) -> bool {
        match subject {
            Subject::Reservation(id) => id == self.reservation_id,
            Subject::Payment(id) => id == self.payment_id,
            Subject::Shipment(id, shipment) => id == self.payment_id && shipment == self.shipments,
        }
    }
}

impl Refund {
    /// What follows from payment's reply. A refund that succeeded can fail later, when the provider
    /// reverts it; one that failed stays failed.
    fn answered(self, result: StepResult) -> Result<Event, NotApplicable> {
        use RefundStatus::{Failed, Requested, Succeeded};
        let with = |status| Self { status, ..self };
        match (self.status, result) {
            (Requested, StepResult::Done) => Ok(Event::Refunded(with(Succeeded))),
            (Requested | Succeeded, StepResult::Refused(code)) => Ok(Event::RefundFailed {
                refund: with(Failed),
                code,
            }),
            (Succeeded | Failed, _) => Err(NotApplicable),
        }
    }
}

#[cfg(test)]
mod tests;
