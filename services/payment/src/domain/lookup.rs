//! Lookups at the provider: of what an event announced, or of what may change without an event.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TraceContext;
use kernel::{Money, OrderId, PaymentId, RefundId};
use uuid::Uuid;

use super::{Decision, Payment, Refund, RefundStatus, Status};

/// After so many unusable answers in a row a lookup is given up.
const UNUSABLE_LOOKS: i32 = 10;

/// A leased lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// The refund to look up; none: the intent.
    pub(crate) refund_id: Option<RefundId>,
    /// The payment's amount.
    pub(crate) amount: Money,
    /// The provider's own id of the object.
    pub(crate) reference: String,
    /// The number of the lease.
    pub(crate) lease: i32,
    /// Which attempt since the last hint this is, from 1.
    pub(crate) attempt: i32,
    /// How many unusable answers came since the last good one.
    pub(crate) unusable: i32,
    /// The trace of the authorization.
    pub(crate) trace: Option<TraceContext>,
}

impl Lookup {
    /// Whether one more unusable answer is the last.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.unusable.saturating_add(1) >= UNUSABLE_LOOKS
    }
}

/// What is looked up repeatedly, even without an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// A 3-D Secure challenge: soon, then less and less often.
    Challenge,
    /// A hold that may expire: from time to time.
    Hold,
    /// A refund that a bank may send back: soon, then less and less often.
    Refund,
}

/// Whether the payment's intent is looked up again. A hold is, once it is older than `held_after`.
pub(crate) fn watch(payment: &Payment, held_after: TimeDelta, now: DateTime<Utc>) -> Option<Watch> {
    match payment.status {
        Status::ActionRequired => Some(Watch::Challenge),
        Status::Authorized if now - payment.created_at > held_after => Some(Watch::Hold),
        _ => None,
    }
}

/// Whether the refund is looked up again: banks send money back for some days.
pub(crate) fn watch_refund(
    refund: &Refund,
    watched_for: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Watch> {
    let watched = refund.status == RefundStatus::Succeeded && now - refund.created_at < watched_for;
    watched.then_some(Watch::Refund)
}

/// What an answer makes worth a later lookup, by its reference: a challenge, or a refund, which a bank
/// may send back.
pub(crate) fn first_watch(decision: &Decision) -> Option<(Option<RefundId>, String)> {
    if let Some(refund) = &decision.refund
        && refund.status == RefundStatus::Succeeded
    {
        return Some((Some(refund.id), refund.reference.clone()?));
    }
    let payment = decision.payment.as_ref()?;
    let reference = payment.reference.clone()?;
    (payment.status == Status::ActionRequired).then_some((None, reference))
}
