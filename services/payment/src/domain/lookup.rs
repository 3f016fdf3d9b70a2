//! Lookups at the provider: after a webhook, or in case one never arrives.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TraceContext;
use kernel::{Money, OrderId, PaymentId, RefundId};
use uuid::Uuid;

use super::{Decision, Payment, Refund, RefundStatus, Status};

/// After this many unusable answers in a row, the lookup is abandoned.
const MAX_UNUSABLE_ANSWERS: i32 = 10;

/// A leased lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// The refund to look up; `None`: the intent.
    pub(crate) refund_id: Option<RefundId>,
    /// The payment's amount.
    pub(crate) amount: Money,
    /// The provider's own id of the object.
    pub(crate) reference: String,
    /// The number of the lease, which guards what a late worker writes.
    pub(crate) lease: i32,
    /// The number of this attempt since the last webhook or other trigger, from 1.
    pub(crate) attempt: i32,
    /// Unusable answers since the last usable one.
    pub(crate) unusable: i32,
    /// The trace of the authorization.
    pub(crate) trace: Option<TraceContext>,
}

impl Lookup {
    /// Whether one more unusable answer is the last.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.unusable.saturating_add(1) >= MAX_UNUSABLE_ANSWERS
    }
}

/// What is looked up repeatedly, even without a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// A 3-D Secure challenge: soon, then with growing waits.
    Challenge,
    /// An old authorization, which may expire: at a constant interval.
    Authorization,
    /// A refund, which the bank may return: soon, then with growing waits.
    Refund,
}

/// Whether the payment's intent is looked up again: during a challenge, and while it is authorized for longer
/// than `authorization_age`.
pub(crate) fn watch(
    payment: &Payment,
    authorization_age: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Watch> {
    match payment.status {
        Status::ActionRequired => Some(Watch::Challenge),
        Status::Authorized if now - payment.created_at > authorization_age => {
            Some(Watch::Authorization)
        }
        _ => None,
    }
}

/// Whether the refund is looked up again, which is for `watched_for` after its request.
pub(crate) fn watch_refund(
    refund: &Refund,
    watched_for: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Watch> {
    let watched = refund.status == RefundStatus::Succeeded && now - refund.created_at < watched_for;
    watched.then_some(Watch::Refund)
}

/// The first lookup that a decision calls for: of a refund that succeeded, or of a challenge. A refund's id,
/// or `None` for the intent; and the provider's reference.
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
