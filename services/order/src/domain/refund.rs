use kernel::{Money, OrderId, RefundId};
use serde::{Deserialize, Serialize};

/// Where a refund is in its lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// The reply of payment is awaited.
    Requested,
    /// The provider has accepted it.
    Succeeded,
    /// The provider refused or reverted it; another request can refund the amount.
    Failed,
}

/// The part of a refund that decisions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) order_id: OrderId,
    pub(crate) amount: Money,
    pub(crate) status: RefundStatus,
    /// How often it was requested.
    pub(crate) attempts: u32,
}

impl Refund {
    /// A refund that is requested for the first time.
    pub(crate) fn new(order_id: OrderId, amount: Money) -> Self {
        Self {
            id: RefundId::generate(),
            order_id,
            amount,
            status: RefundStatus::Requested,
            attempts: 1,
        }
    }

    /// Whether it is requested for the first time.
    pub(crate) fn is_new(&self) -> bool {
        self.status == RefundStatus::Requested && self.attempts == 1
    }

    /// The same refund with one more attempt. A refund is requested until a reply comes.
    pub(crate) fn again(self) -> Self {
        Self {
            attempts: self.attempts.saturating_add(1),
            ..self
        }
    }
}
