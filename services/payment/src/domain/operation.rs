//! Calls to the provider.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TraceContext;
use kernel::{Money, OrderId, PaymentId, RefundId};
use uuid::Uuid;

/// The provider forgets keys after a day: the same key could act a second time then.
const KEYS_ARE_SAFE_HOURS: i64 = 12;

/// What the provider is called for.
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

/// A definite answer of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is done; the provider's own id of the intent or the refund.
    Done { reference: String },
    /// 3-D Secure is required first.
    ActionRequired {
        reference: String,
        redirect_url: String,
    },
    /// It is not done and will not be; the provider's code.
    Refused {
        code: String,
        reference: Option<String>,
    },
    /// It is not done, because the hold is gone: it expired, or was released elsewhere.
    HoldGone { code: String },
}

impl Answer {
    /// Its name in logs and metrics. The rest of it must not be logged: the address of a challenge is
    /// enough to answer it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::ActionRequired { .. } => "action_required",
            Self::Refused { .. } | Self::HoldGone { .. } => "refused",
        }
    }
}

/// A leased operation: all that a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) task: Task,
    pub(crate) amount: Money,
    /// The provider's name of the payment method.
    pub(crate) payment_method: String,
    /// The provider's own id of the payment; none before it is authorized.
    pub(crate) reference: Option<String>,
    /// The trace of the command that caused it.
    pub(crate) trace: Option<TraceContext>,
    /// Which attempt this is, from 1.
    pub(crate) attempt: i32,
    /// Which idempotency key is in use, from 1.
    pub(crate) key_number: i32,
    /// The provider has stored an error of its own under the key: it will never succeed.
    pub(crate) key_spent: bool,
    /// The provider gave an unusable answer, and the outcome was not found since.
    pub(crate) unclear: bool,
    /// When it was saved, by the clock of the database.
    pub(crate) created_at: DateTime<Utc>,
}

impl Operation {
    /// The idempotency key: all calls with it are one in effect.
    pub(crate) fn key(&self) -> String {
        match self.key_number {
            1 => self.id.to_string(),
            number => format!("{}:{number}", self.id),
        }
    }

    /// Whether the outcome of the earlier calls is searched for before the next one. Not merely because
    /// they had no answer, for the same key is as good then; and after a long outage, when thousands
    /// wait, each search would read all that was made meanwhile.
    pub(crate) fn looks_first(&self, now: DateTime<Utc>) -> bool {
        self.must_look(now) || self.unclear
    }

    /// Whether a call without a search could be in vain, or act a second time.
    pub(crate) fn must_look(&self, now: DateTime<Utc>) -> bool {
        let is_old = now - self.created_at > TimeDelta::hours(KEYS_ARE_SAFE_HOURS);
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
            unclear: false,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_first_key_is_the_id_and_later_ones_are_numbered() {
        let mut operation = operation(1, false);
        assert_eq!(operation.key(), operation.id.to_string());
        operation.key_number = 2;
        assert_eq!(operation.key(), format!("{}:2", operation.id));
    }

    #[test]
    fn nothing_is_told_again_blindly_when_the_key_is_spent_or_may_be_forgotten() {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        assert!(!operation(1, false).looks_first(at(0)));
        // However often nothing came back: the same key is as good as at the first try.
        assert!(!operation(30, false).looks_first(at(1)));
        let mut unclear = operation(2, false);
        unclear.unclear = true;
        assert!(unclear.looks_first(at(0)));
        assert!(!unclear.must_look(at(0)));
        assert!(operation(1, true).must_look(at(0)));
        assert!(operation(2, false).must_look(at(24)));
        // The first call: it has no earlier outcome, however long it waited for a worker.
        assert!(!operation(1, false).looks_first(at(24)));
    }
}
