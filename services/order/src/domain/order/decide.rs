use super::{Answer, By, Error, Event, NotApplicable, Order, Reason, Status, Verdict};
use super::{Step, Timing, Unanswered, saga};
use super::{ask, call_off, fail};

impl Order {
    /// What follows from an answer to `step`. Only the step that is waited for can be answered.
    pub(crate) fn answered(&self, step: Step, answer: Answer) -> Result<Vec<Event>, NotApplicable> {
        if self.step != Some(step) {
            return Err(NotApplicable);
        }
        match answer {
            Answer::Yes => Ok(self.done(step)),
            Answer::No(why) => self.refused(step, why),
        }
    }

    fn done(&self, step: Step) -> Vec<Event> {
        let mut events = vec![Event::Done(step)];
        match step {
            // The news of its end came before the news of its beginning.
            Step::Authorize if self.hold_expired => {
                events.extend(fail(Reason::PaymentExpired, saga::undo_from(step)));
            }
            Step::Reserve | Step::Authorize | Step::Commit => match saga::after(step) {
                Some(next) => events.push(ask(next)),
                None => {
                    events.push(Event::Confirmed);
                    events.extend(self.owed_to_expiry());
                }
            },
            Step::Capture => events.push(Event::Shipped),
            Step::Void | Step::Release => {
                events.extend(saga::undo_before(step).map(ask).or_else(|| self.finished()));
            }
        }
        events
    }

    fn refused(&self, step: Step, why: String) -> Result<Vec<Event>, NotApplicable> {
        let mut events = vec![Event::Refused { step, why }];
        if step == Step::Capture {
            events.extend(self.owed_to_expiry());
            return Ok(events);
        }
        // An undo can not be refused.
        let stage = saga::stage(step).ok_or(NotApplicable)?;
        events.extend(fail(stage.refused, saga::undo_before(step)));
        Ok(events)
    }

    /// How the order ends once everything is undone.
    fn finished(&self) -> Option<Event> {
        self.verdict.map(|verdict| match verdict {
            Verdict::Reject(reason) => Event::Rejected(reason),
            Verdict::Cancel(by) => Event::Cancelled(by),
        })
    }

    /// What follows when no answer came in time: ask again, or give up and undo.
    pub(crate) fn unanswered(&self, timing: &Timing) -> Vec<Event> {
        let Some(step) = self.step else {
            return Vec::new();
        };
        let stage = saga::stage(step);
        // Perhaps it was done all the same: so its own undo comes first.
        let give_up = |event, reason| {
            let [failed, undo] = fail(reason, saga::undo_from(step));
            vec![event, failed, undo]
        };
        if self.action.is_some()
            && let Some(reason) = stage.and_then(|stage| stage.abandoned)
        {
            return give_up(Event::Abandoned(step), reason);
        }
        let again = Event::Asked {
            step,
            attempt: self.attempts.saturating_add(1),
        };
        match stage.map(|stage| stage.unanswered) {
            Some(Unanswered::GiveUp(reason)) if self.attempts >= timing.patience(step) => {
                give_up(Event::GivenUp(step), reason)
            }
            _ => vec![again],
        }
    }

    /// Calls the order off. Asking again while it is being undone, or afterwards, changes nothing.
    ///
    /// While the commit is in flight nobody knows whether the stock is sold, so it is too late, and
    /// too early, to call it off: the caller may ask again when the order is confirmed.
    pub(crate) fn cancel(&self, by: By) -> Result<Vec<Event>, Error> {
        if matches!(self.verdict, Some(Verdict::Cancel(_))) {
            return Ok(Vec::new());
        }
        let undo = match (self.status, self.step) {
            (Status::Pending, _) if self.verdict.is_some() => {
                return Err(Error::NotCancellable("because it is being rejected"));
            }
            (Status::Pending, Some(Step::Commit)) => {
                return Err(Error::NotCancellable("at this very moment, try again"));
            }
            (Status::Pending, step) => step.and_then(saga::undo_from),
            (Status::Confirmed, Some(_)) => {
                return Err(Error::NotCancellable("because it is being shipped"));
            }
            (Status::Confirmed, None) => saga::undo_all(),
            (Status::Rejected, _) => {
                return Err(Error::NotCancellable("because it was rejected"));
            }
            (Status::Cancelled | Status::Shipped | Status::Delivered, _) => {
                return Err(Error::NotCancellable("any more"));
            }
        };
        Ok(call_off(by, undo).into())
    }

    /// Hands the order to a carrier, which takes the money first. Asking again with the same number
    /// changes nothing.
    pub(crate) fn ship(&self, tracking_number: &str) -> Result<Vec<Event>, Error> {
        let same = self.tracking_number.as_deref() == Some(tracking_number);
        match (self.status, self.step) {
            (Status::Confirmed, None) => Ok(vec![
                Event::ShipmentRequested {
                    tracking_number: tracking_number.to_owned(),
                },
                ask(Step::Capture),
            ]),
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

    /// The parcel has arrived. Asking again changes nothing.
    pub(crate) fn deliver(&self) -> Result<Vec<Event>, Error> {
        match self.status {
            Status::Shipped => Ok(vec![Event::Delivered]),
            Status::Delivered => Ok(Vec::new()),
            _ => Err(Error::NotDeliverable),
        }
    }
}
