use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, RefundId, ReturnId, UserId};
use serde::Serialize;

use super::units::UnitShare;

/// Where a return is in its lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum ReturnStatus {
    /// Open: staff have not decided.
    Requested,
    Approved,
    Refused,
    /// The customer does not want it any more.
    Withdrawn,
}

/// Why a customer returns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnReason {
    Damaged,
    Defective,
    WrongItem,
    NotAsDescribed,
    NotArrived,
    ChangedMind,
    /// The note says why.
    Other,
}

/// A customer's request to return units, and the decision about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) id: ReturnId,
    pub(crate) order_id: OrderId,
    pub(crate) customer_id: UserId,
    pub(crate) status: ReturnStatus,
    pub(crate) reason: ReturnReason,
    /// In the customer's words; may be empty.
    pub(crate) note: String,
    pub(crate) units: Vec<UnitShare>,
    pub(crate) decision: Option<Decision>,
    pub(crate) created_at: DateTime<Utc>,
}

/// How a return ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The staff member who approved or refused it; none if the customer withdrew it, or the rule in the configuration
    /// approved it.
    pub(crate) by: Option<UserId>,
    /// What staff wrote; else empty.
    pub(crate) note: String,
    /// What an approval grants.
    pub(crate) amount: Option<Money>,
    /// The refund of an approval; none if it grants nothing.
    pub(crate) refund_id: Option<RefundId>,
    pub(crate) at: DateTime<Utc>,
}

impl Return {
    /// Whether the rule in the configuration approved it.
    pub(crate) fn is_automatic(&self) -> bool {
        let by = self.decision.as_ref().map(|decision| decision.by);
        self.status == ReturnStatus::Approved && by == Some(None)
    }
}
