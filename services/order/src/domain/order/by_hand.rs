//! What operators do to a saga.

use super::{Error, Event, Order, Reason, Status, Step, fail, saga};

impl Order {
    /// Asks again, at once, for the answer that is waited for, and changes nothing else: neither how
    /// often it was asked for nor when it is given up. Nothing when nothing is waited for.
    pub(crate) fn ask_by_hand(&self) -> Option<Event> {
        self.step.map(Event::AskedByHand)
    }

    /// Gives a checkout up. Asking again while it is being undone, for whatever reason, changes
    /// nothing. Past the pivot only the participants' answers decide.
    pub(crate) fn compensate(&self) -> Result<Vec<Event>, Error> {
        match (self.status, self.step) {
            (_, None) => Err(Error::SagaNotInFlight),
            (_, Some(Step::Void | Step::Release)) => Ok(Vec::new()),
            (Status::Pending, Some(step @ (Step::Reserve | Step::Authorize))) => {
                let mut events = vec![Event::GivenUpByHand(step)];
                events.extend(fail(Reason::Compensated, saga::undo_from(step)));
                Ok(events)
            }
            (_, Some(_)) => Err(Error::SagaPastPivot),
        }
    }
}
