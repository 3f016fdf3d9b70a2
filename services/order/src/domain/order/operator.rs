//! What operators do to a saga.

use super::{Event, Order, Status, begin_reject};
use crate::domain::{Error, Refund};
use crate::saga::{self, RejectReason, Step};

impl Order {
    /// Requests the awaited step and the open refunds again at once. Neither the number of attempts
    /// nor the deadlines change.
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

    /// Gives a checkout up. A second call while it is being undone, for whatever reason, changes
    /// nothing. Past the pivot only the participants' replies decide.
    pub(crate) fn compensate(&self) -> Result<Vec<Event>, Error> {
        match (self.status, self.step) {
            (_, None) => Err(Error::SagaNotInFlight),
            (_, Some(Step::Void | Step::Release)) => Ok(Vec::new()),
            (Status::Pending, Some(step @ (Step::Reserve | Step::Authorize))) => {
                let mut events = vec![Event::CompensatedByOperator(step)];
                let undo = saga::undo_from(step);
                events.extend(begin_reject(RejectReason::Compensated, undo));
                Ok(events)
            }
            (_, Some(_)) => Err(Error::SagaPastPivot),
        }
    }
}
