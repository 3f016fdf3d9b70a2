//! A look at the provider that is owed: because it told of news, or because something waits for news
//! that may never be told.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TraceContext;
use kernel::{Money, OrderId, PaymentId, RefundId};
use uuid::Uuid;

use super::{Payment, Refund, RefundStatus, Status};

/// After so many answers in a row that cannot be used a look is given up: nothing will come of it.
const UNUSABLE_LOOKS: i32 = 10;

/// A leased lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// The refund to look at; none: the intent.
    pub(crate) refund_id: Option<RefundId>,
    /// The payment's amount.
    pub(crate) amount: Money,
    /// The provider's own id of what is looked at.
    pub(crate) reference: String,
    /// How many hints there had been when it was leased.
    pub(crate) hints: i64,
    /// Which look since the last hint this is, from 1.
    pub(crate) attempt: i32,
    /// How many answers that cannot be used came since the last good one.
    pub(crate) unusable: i32,
    /// The trace that asked for the authorization.
    pub(crate) trace: Option<TraceContext>,
}

impl Lookup {
    /// Whether one more answer that cannot be used is the last: such a thing is not there, or it is
    /// something else.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.unusable.saturating_add(1) >= UNUSABLE_LOOKS
    }
}

/// What is looked at again, even if nobody tells of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// A customer is answering her bank: soon, then less and less often.
    Challenge,
    /// A hold that may run out: from time to time.
    Hold,
    /// A refund that a bank may send back: soon, then less and less often.
    Refund,
}

/// Whether the payment's intent is to be looked at again. A hold is, once it is older than
/// `held_after`.
pub(crate) fn watch(payment: &Payment, held_after: TimeDelta, now: DateTime<Utc>) -> Option<Watch> {
    match payment.status {
        Status::ActionRequired => Some(Watch::Challenge),
        Status::Authorized if now - payment.created_at > held_after => Some(Watch::Hold),
        _ => None,
    }
}

/// Whether the refund is to be looked at again: banks send money back for some days.
pub(crate) fn watch_refund(
    refund: &Refund,
    watched_for: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Watch> {
    let watched = refund.status == RefundStatus::Succeeded && now - refund.created_at < watched_for;
    watched.then_some(Watch::Refund)
}
