use super::{CancelReason, EndReason, Event, NotApplicable, Order, Status, StepResult};
use super::{begin_cancel, begin_reject, request};
use crate::domain::{Error, Refund};
use crate::saga::{self, Overdue, Plan, RejectReason, Step, Timing};

impl Order {
    /// What follows from the result of `step`, which must be the awaited step.
    pub(crate) fn replied(
        &self,
        step: Step,
        result: StepResult,
    ) -> Result<Vec<Event>, NotApplicable> {
        if self.step != Some(step) {
            return Err(NotApplicable);
        }
        match result {
            StepResult::Done => Ok(self.done(step)),
            StepResult::Refused(reason) => self.refused(step, reason),
            StepResult::Declined { reason, card } => self.declined(step, reason, card),
            StepResult::Failed(code) => self.payment_failed(step, code),
        }
    }

    fn done(&self, step: Step) -> Vec<Event> {
        let mut events = vec![Event::Done(step)];
        match step {
            // The event that it expired has overtaken the reply that it was authorized.
            Step::Authorize if self.hold_expired => {
                events.extend(begin_reject(
                    RejectReason::PaymentExpired,
                    self.plan().undo_from(step),
                ));
            }
            Step::Reserve | Step::Authorize | Step::Commit => match self.plan().after(step) {
                Some(next) => events.push(request(next)),
                None => {
                    events.push(Event::Confirmed);
                    events.extend(self.deferred_expiry());
                }
            },
            Step::Capture => events.push(Event::Shipped),
            Step::Void | Step::Release => {
                events.extend(
                    self.plan()
                        .undo_before(step)
                        .map(request)
                        .or_else(|| self.finished()),
                );
            }
        }
        events
    }

    fn payment_failed(&self, step: Step, code: String) -> Result<Vec<Event>, NotApplicable> {
        if step != Step::Authorize {
            return Err(NotApplicable);
        }
        let undo = self.plan().undo_before(step);
        let mut events = vec![Event::PaymentFailed(code)];
        events.extend(begin_reject(RejectReason::PaymentFailed, undo));
        Ok(events)
    }

    fn declined(
        &self,
        step: Step,
        reason: String,
        card: Option<String>,
    ) -> Result<Vec<Event>, NotApplicable> {
        if step != Step::Authorize {
            return Err(NotApplicable);
        }
        let mut events = self.refused(step, reason)?;
        events.insert(1, Event::CardDeclined { card });
        Ok(events)
    }

    fn refused(&self, step: Step, reason: String) -> Result<Vec<Event>, NotApplicable> {
        let mut events = vec![Event::Refused { step, reason }];
        if step == Step::Capture {
            events.extend(self.deferred_expiry());
            return Ok(events);
        }
        // An undo cannot be refused.
        let stage = saga::stage(step).ok_or(NotApplicable)?;
        events.extend(begin_reject(stage.refused, self.plan().undo_before(step)));
        Ok(events)
    }

    /// How the order ends once everything is undone.
    fn finished(&self) -> Option<Event> {
        self.end_reason.map(|end_reason| match end_reason {
            EndReason::Rejected(reason) => Event::Rejected(reason),
            EndReason::Cancelled(reason) => Event::Cancelled(reason),
        })
    }

    /// What follows when the reply is overdue: request the step again, or give up and undo.
    pub(crate) fn reply_overdue(&self, timing: &Timing) -> Vec<Event> {
        let Some(step) = self.step else {
            return Vec::new();
        };
        let stage = saga::stage(step);
        // The participant may have done the step, so it is undone too.
        let give_up = |event, reason| {
            let [failed, undo] = begin_reject(reason, self.plan().undo_from(step));
            vec![event, failed, undo]
        };
        if self.action.is_some()
            && let Some(reason) = stage.and_then(|stage| stage.abandoned)
        {
            return give_up(Event::Abandoned(step), reason);
        }
        let again = Event::Requested {
            step,
            attempt: self.attempts.saturating_add(1),
        };
        match stage.map(|stage| stage.overdue) {
            Some(Overdue::GiveUp(reason)) if self.attempts >= timing.max_attempts(step) => {
                give_up(Event::GivenUp(step), reason)
            }
            _ => vec![again],
        }
    }

    /// Cancels the order. A second call while it is being undone, or afterwards, changes nothing.
    ///
    /// While the commit is in flight, its outcome is unknown and the order cannot be cancelled. The caller
    /// may try again once the order is confirmed.
    pub(crate) fn cancel(&self, reason: CancelReason) -> Result<Vec<Event>, Error> {
        if matches!(self.end_reason, Some(EndReason::Cancelled(_))) {
            return Ok(Vec::new());
        }
        let undo = match (self.status, self.step) {
            (Status::Pending, _) if self.end_reason.is_some() => {
                return Err(Error::NotCancellable("because it is being rejected"));
            }
            (Status::Pending, Some(Step::Commit)) => {
                return Err(Error::NotCancellable(
                    "while it is being committed; try again",
                ));
            }
            (Status::Pending, step) => step.and_then(|step| self.plan().undo_from(step)),
            (Status::Confirmed, Some(_)) => {
                return Err(Error::NotCancellable("because it is being shipped"));
            }
            (Status::Confirmed, None) => self.plan().undo_all(),
            (Status::Rejected, _) => {
                return Err(Error::NotCancellable("because it was rejected"));
            }
            (Status::Cancelled | Status::Shipped | Status::Delivered, _) => {
                return Err(Error::NotCancellable("any more"));
            }
        };
        Ok(begin_cancel(reason, undo).into())
    }

    /// Ships the order: the payment is captured first, if there is one. A second call with the same tracking
    /// number changes nothing.
    pub(crate) fn ship(&self, tracking_number: &str) -> Result<Vec<Event>, Error> {
        let same = self.tracking_number.as_deref() == Some(tracking_number);
        match (self.status, self.step) {
            (Status::Confirmed, None) => {
                let (capture, next) = match self.plan() {
                    Plan::Paid => (true, request(Step::Capture)),
                    Plan::Free => (false, Event::Shipped),
                };
                let tracking_number = tracking_number.to_owned();
                let requested = Event::ShipmentRequested {
                    tracking_number,
                    capture,
                };
                Ok(vec![requested, next])
            }
            (Status::Confirmed, Some(Step::Capture)) | (Status::Shipped, _) if same => {
                Ok(Vec::new())
            }
            (Status::Confirmed, Some(Step::Capture)) => {
                Err(Error::NotShippable("twice: it is being shipped already"))
            }
            (Status::Confirmed, Some(_)) => {
                Err(Error::NotShippable("because it is being cancelled"))
            }
            (Status::Pending, _) => Err(Error::NotShippable("before it is confirmed")),
            (Status::Shipped | Status::Delivered, _) => Err(Error::NotShippable("again")),
            (Status::Rejected | Status::Cancelled, _) => Err(Error::NotShippable("any more")),
        }
    }

    /// Records the delivery. A second call changes nothing.
    pub(crate) fn deliver(&self) -> Result<Vec<Event>, Error> {
        match self.status {
            Status::Shipped => Ok(vec![Event::Delivered]),
            Status::Delivered => Ok(Vec::new()),
            _ => Err(Error::NotDeliverable),
        }
    }

    /// For an operator: requests the awaited step and the open refunds again at once. Neither the number of
    /// attempts nor the deadlines change.
    pub(crate) fn retry(&self, open_refunds: Vec<Refund>) -> Result<Vec<Event>, Error> {
        let refunds = match open_refunds.is_empty() {
            true => None,
            false => Some(Event::RefundsRetriedByOperator(open_refunds)),
        };
        let step = self.step.map(Event::RetriedByOperator);
        let events: Vec<Event> = step.into_iter().chain(refunds).collect();
        match events.is_empty() {
            true => Err(Error::SagaNotInFlight),
            false => Ok(events),
        }
    }

    /// For an operator: gives a checkout up. If it is being undone already, for any reason, nothing changes.
    /// Past the pivot only the participants' replies decide.
    pub(crate) fn compensate(&self) -> Result<Vec<Event>, Error> {
        match (self.status, self.step) {
            (_, None) => Err(Error::SagaNotInFlight),
            (_, Some(Step::Void | Step::Release)) => Ok(Vec::new()),
            (Status::Pending, Some(step @ (Step::Reserve | Step::Authorize))) => {
                let mut events = vec![Event::CompensatedByOperator(step)];
                let undo = self.plan().undo_from(step);
                events.extend(begin_reject(RejectReason::Compensated, undo));
                Ok(events)
            }
            (_, Some(_)) => Err(Error::SagaPastPivot),
        }
    }
}
