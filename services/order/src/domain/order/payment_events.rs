//! Payment events that answer no command.

use chrono::{DateTime, Utc};

use super::{CancelReason, Event, NextAction, NotApplicable, Order, Status, begin_cancel};
use crate::saga::Step;

impl Order {
    /// What follows when the customer has to act, until `until`, before the payment can be authorized. A
    /// repeated event, or one with another URL, does not extend the deadline.
    pub(crate) fn action_required(
        &self,
        redirect_url: String,
        until: DateTime<Utc>,
    ) -> Result<Vec<Event>, NotApplicable> {
        if self.step != Some(Step::Authorize) {
            return Err(NotApplicable);
        }
        let earlier = self.action.as_ref();
        if earlier.is_some_and(|earlier| earlier.redirect_url == redirect_url) {
            return Ok(Vec::new());
        }
        let next = NextAction {
            redirect_url,
            expires_at: earlier.map_or(until, |earlier| earlier.expires_at),
        };
        let again = earlier.is_some();
        Ok(vec![Event::ActionRequired { next, again }])
    }

    /// What follows when the authorization has expired: a confirmed order is cancelled. While a reply that
    /// decides the order is awaited, the event is only recorded, and applied afterwards.
    pub(crate) fn authorization_expired(&self) -> Result<Vec<Event>, NotApplicable> {
        if self.hold_expired {
            return Err(NotApplicable);
        }
        let open = matches!(self.status, Status::Pending | Status::Confirmed);
        let late = !open || self.end_reason.is_some();
        let mut events = vec![Event::AuthorizationExpired { late }];
        if self.status == Status::Confirmed && self.step.is_none() {
            events.extend(self.cancel_expired());
        }
        Ok(events)
    }

    /// The cancellation that was deferred when the authorization expired: for an order that is
    /// confirmed and awaits no reply.
    pub(super) fn deferred_expiry(&self) -> impl Iterator<Item = Event> {
        let deferred = self.hold_expired.then(|| self.cancel_expired());
        deferred.into_iter().flatten()
    }

    fn cancel_expired(&self) -> [Event; 2] {
        begin_cancel(CancelReason::AuthorizationExpired, self.plan().undo_all())
    }
}
