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

/// The content of a reply. Its ids must be the order's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// The result of a step.
    Step(Step, Subject, StepResult),
    /// The customer must act before payment can reply to the authorization.
    ActionRequired {
        payment_id: PaymentId,
        redirect_url: String,
    },
    /// The provider has released the authorized amount.
    AuthorizationExpired { payment_id: PaymentId },
    /// The result of a refund.
    Refund(RefundId, StepResult),
}

/// Why a reply can never apply, also when it is delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongReply {
    #[error("a reply about an order that does not exist")]
    UnknownOrder,
    #[error("a reply about a {0} that is not the order's")]
    NotOfTheOrder(&'static str),
}

/// The object of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Reservation(ReservationId),
    Payment(PaymentId),
    /// The capture for one shipment; that of an earlier shipment may have been refused.
    Shipment(PaymentId, u32),
}

/// The orders and refunds that a batch of replies is about. Replies about the same order are applied in
/// sequence, each to the state after the previous one.
#[derive(Debug, Default)]
pub(crate) struct Replied {
    pub(crate) orders: HashMap<OrderId, Order>,
    pub(crate) refunds: HashMap<RefundId, Refund>,
}

impl Replied {
    /// Applies a reply; returns the order afterwards, with no events when the reply does not apply.
    /// `until` is when a customer who has to act must have acted.
    ///
    /// # Errors
    /// The reply is about an unknown order, or about another order's payment, reservation or refund.
    pub(crate) fn apply(
        &mut self,
        reply: Reply,
        until: DateTime<Utc>,
    ) -> Result<(Order, Vec<Event>), WrongReply> {
        let order = self.orders.get_mut(&reply.order_id);
        let order = order.ok_or(WrongReply::UnknownOrder)?;
        let events = match reply.report {
            Report::Refund(id, result) => {
                let refund = self.refunds.get(&id);
                let refund = refund.filter(|refund| refund.order_id == order.id);
                let refund = refund.ok_or(WrongReply::NotOfTheOrder("refund"))?;
                refund.replied(result).map(|event| vec![event])
            }
            report => {
                order.check_subject(&report)?;
                order.reported(report, until)
            }
        };
        let events = events.unwrap_or_default();
        order.apply(&events);
        for refund in events.iter().filter_map(Event::refund) {
            self.refunds.insert(refund.id, *refund);
        }
        Ok((order.clone(), events))
    }
}

impl Order {
    /// What follows from a report about its steps or its payment.
    fn reported(&self, report: Report, until: DateTime<Utc>) -> Result<Vec<Event>, NotApplicable> {
        match report {
            // A late reply about an earlier shipment.
            Report::Step(_, Subject::Shipment(_, shipment), _) if shipment != self.shipments => {
                Err(NotApplicable)
            }
            Report::Step(step, _, result) => self.replied(step, result),
            Report::ActionRequired { redirect_url, .. } => {
                self.action_required(redirect_url, until)
            }
            Report::AuthorizationExpired { .. } => self.authorization_expired(),
            Report::Refund(..) => Err(NotApplicable),
        }
    }

    /// An order keeps its reservation and its payment throughout its lifecycle.
    fn check_subject(&self, report: &Report) -> Result<(), WrongReply> {
        let payment = match *report {
            Report::Step(_, Subject::Reservation(id), _) => {
                let owns = id == self.reservation_id;
                return owns
                    .then_some(())
                    .ok_or(WrongReply::NotOfTheOrder("reservation"));
            }
            Report::Step(_, Subject::Payment(id) | Subject::Shipment(id, _), _) => id,
            Report::ActionRequired { payment_id, .. }
            | Report::AuthorizationExpired { payment_id } => payment_id,
            Report::Refund(..) => return Ok(()),
        };
        let owns = payment == self.payment_id;
        owns.then_some(())
            .ok_or(WrongReply::NotOfTheOrder("payment"))
    }
}

impl Refund {
    /// What follows from payment's reply. A refund that succeeded can fail later, when the provider
    /// reverts it; one that failed stays failed.
    fn replied(self, result: StepResult) -> Result<Event, NotApplicable> {
        use RefundStatus::{Failed, Requested, Succeeded};
        let with = |status| Self { status, ..self };
        match (self.status, result) {
            (Requested, StepResult::Done) => Ok(Event::Refunded(with(Succeeded))),
            (
                Requested | Succeeded,
                StepResult::Refused(code)
                | StepResult::Failed(code)
                | StepResult::Declined { reason: code, .. },
            ) => Ok(Event::RefundFailed {
                refund: with(Failed),
                code,
            }),
            (Succeeded | Failed, _) => Err(NotApplicable),
        }
    }
}

#[cfg(test)]
mod tests;
