use chrono::{DateTime, TimeDelta, Utc};
use contracts::TraceContext;
use kernel::{Money, OrderId, PaymentId, RefundId};
use uuid::Uuid;

/// How long an idempotency key is used without a search. The provider deletes keys after 24 hours; the same
/// key could then act a second time.
const KEY_SAFE_HOURS: i64 = 12;

/// The task of a call to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    Authorize,
    Capture,
    Void,
    Refund(RefundId),
}

impl Task {
    /// Its name in the database, in metrics and on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund(_) => "refund",
        }
    }
}

/// A call to the provider that a decision requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewOperation {
    pub(crate) task: Task,
    pub(crate) amount: Money,
}

impl NewOperation {
    /// Its id, which is the idempotency key at the provider. What would charge or refund a second time has the id of its
    /// payment or refund: after a restore of the database to an earlier moment, the repeated command leads to the same
    /// key, and the provider replays its answer (ADR 0148). A second capture or void has no effect.
    pub(crate) fn id(self, payment_id: PaymentId) -> Uuid {
        match self.task {
            Task::Authorize => payment_id.as_uuid(),
            Task::Refund(refund_id) => refund_id.as_uuid(),
            Task::Capture | Task::Void => Uuid::now_v7(),
        }
    }
}

/// A definite answer of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is done; the provider's id of the intent or the refund.
    Done { reference: String },
    /// The customer must complete 3-D Secure first.
    ActionRequired {
        reference: String,
        redirect_url: String,
    },
    /// The bank or the provider refused it for good; the provider's code.
    Refused {
        code: String,
        reference: Option<String>,
        /// The provider's name of the card, the same for every payment method with it; if the provider named it.
        card_fingerprint: Option<String>,
    },
    /// The provider rejected the request as invalid, or the amount cannot be charged. The shop's mistake,
    /// not the card's: staff must act.
    Rejected {
        code: String,
        /// What is wrong, for staff.
        problem: String,
        reference: Option<String>,
    },
    /// It cannot be done, because the authorization expired or was canceled elsewhere.
    AuthorizationEnded { code: String },
}

impl Answer {
    /// Its name in logs. The rest must not be logged: the URL of a challenge is enough to complete it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::ActionRequired { .. } => "action_required",
            Self::Refused { .. } | Self::AuthorizationEnded { .. } => "refused",
            Self::Rejected { .. } => "rejected",
        }
    }
}

/// A leased operation, with all data that its call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) task: Task,
    pub(crate) amount: Money,
    /// The provider's id of the payment method.
    pub(crate) payment_method: String,
    /// The provider's id of the intent; `None` before it is authorized.
    pub(crate) reference: Option<String>,
    /// The trace of the command that caused it.
    pub(crate) trace: Option<TraceContext>,
    /// The number of this attempt, from 1.
    pub(crate) attempt: i32,
    /// The number of the idempotency key in use, from 1.
    pub(crate) key_number: i32,
    /// The provider stored a server error under the key, so the key can no longer succeed.
    pub(crate) key_spent: bool,
    /// The provider gave an unusable answer, and the outcome was not found since.
    pub(crate) has_unusable_answer: bool,
    /// By the clock of the database.
    pub(crate) created_at: DateTime<Utc>,
}

impl Operation {
    /// The idempotency key: all calls with it have one effect.
    pub(crate) fn key(&self) -> String {
        match self.key_number {
            1 => self.id.to_string(),
            number => format!("{}:{number}", self.id),
        }
    }

    /// Whether the outcome of the earlier calls is searched for before the next call. A call without an answer
    /// is not a reason, because the same key is still safe. After a long outage, thousands of operations wait,
    /// and each search would list every intent of that time.
    pub(crate) fn searches_first(&self, now: DateTime<Utc>) -> bool {
        self.must_search(now) || self.has_unusable_answer
    }

    /// Whether a call without a successful search could be useless, or act a second time.
    pub(crate) fn must_search(&self, now: DateTime<Utc>) -> bool {
        let is_old = now - self.created_at > TimeDelta::hours(KEY_SAFE_HOURS);
        self.key_spent || (is_old && self.attempt > 1)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    fn operation(attempt: i32, key_spent: bool) -> Operation {
        Operation {
            id: Uuid::now_v7(),
            payment_id: PaymentId::generate(),
            order_id: OrderId::generate(),
            task: Task::Authorize,
            amount: Money::new(1000, Currency::EUR),
            payment_method: "pm_card_visa".to_owned(),
            reference: None,
            trace: None,
            attempt,
            key_number: 1,
            key_spent,
            has_unusable_answer: false,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_repeated_authorization_or_refund_has_the_same_id() {
        let (payment_id, refund_id) = (PaymentId::generate(), RefundId::generate());
        let amount = Money::new(1000, Currency::EUR);
        let id = |task| NewOperation { task, amount }.id(payment_id);
        assert_eq!(id(Task::Authorize), payment_id.as_uuid());
        assert_eq!(id(Task::Refund(refund_id)), refund_id.as_uuid());
        assert_ne!(id(Task::Capture), id(Task::Capture));
    }

    #[test]
    fn the_first_key_is_the_id_and_later_ones_are_numbered() {
        let mut operation = operation(1, false);
        assert_eq!(operation.key(), operation.id.to_string());
        operation.key_number = 2;
        assert_eq!(operation.key(), format!("{}:2", operation.id));
    }

    #[test]
    fn a_spent_or_expired_key_requires_a_search() {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        assert!(!operation(1, false).searches_first(at(0)));
        // Without an answer the same key stays safe, whatever the number of attempts.
        assert!(!operation(30, false).searches_first(at(1)));
        let mut unusable = operation(2, false);
        unusable.has_unusable_answer = true;
        assert!(unusable.searches_first(at(0)));
        assert!(!unusable.must_search(at(0)));
        assert!(operation(1, true).must_search(at(0)));
        assert!(operation(2, false).must_search(at(24)));
        // The first call has no earlier outcome, however long the operation waited for a worker.
        assert!(!operation(1, false).searches_first(at(24)));
    }
}
