//! What operators do to a saga.

use super::{Event, Order, Status, begin_reject};
use crate::domain::Error;
use crate::saga::{self, RejectReason, Step};

impl Order {
    /// Requests the awaited step again at once. Neither the number of attempts nor the deadline
    /// changes. None when no reply is awaited.
    pub(crate) fn retry(&self) -> Option<Event> {
        self.step.map(Event::RetriedByOperator)
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
