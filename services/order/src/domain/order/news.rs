//! What payment says without being asked.

use chrono::{DateTime, Utc};

use super::{By, Event, NextAction, NotApplicable, Order, Status, Step, call_off, saga};

impl Order {
    /// What follows when the customer has to do something before her payment can be authorized. She
    /// has until `until`; being told again, or of another place to go, does not give her more time.
    pub(crate) fn action_required(
        &self,
        redirect_url: String,
        until: DateTime<Utc>,
    ) -> Result<Vec<Event>, NotApplicable> {
        if self.step != Some(Step::Authorize) {
            return Err(NotApplicable);
        }
        let known = self.action.as_ref();
        if known.is_some_and(|known| known.redirect_url == redirect_url) {
            return Ok(Vec::new());
        }
        let next = NextAction {
            redirect_url,
            expires_at: known.map_or(until, |known| known.expires_at),
        };
        let again = known.is_some();
        Ok(vec![Event::ActionRequired { next, again }])
    }

    /// What follows when the provider has let the authorized amount go: a confirmed order is called
    /// off. While an answer that decides is waited for, it is only noted, and applied afterwards.
    pub(crate) fn hold_has_expired(&self) -> Result<Vec<Event>, NotApplicable> {
        if self.hold_expired {
            return Err(NotApplicable);
        }
        let open = matches!(self.status, Status::Pending | Status::Confirmed);
        let late = !open || self.verdict.is_some();
        let mut events = vec![Event::HoldExpired { late }];
        if self.status == Status::Confirmed && self.step.is_none() {
            events.extend(call_off(By::Expiry, saga::undo_all()));
        }
        Ok(events)
    }

    /// What was put off when the hold expired: to be applied to an order that is confirmed and waits
    /// for nothing.
    pub(super) fn owed_to_expiry(&self) -> impl Iterator<Item = Event> {
        let owed = self
            .hold_expired
            .then(|| call_off(By::Expiry, saga::undo_all()));
        owed.into_iter().flatten()
    }
}
