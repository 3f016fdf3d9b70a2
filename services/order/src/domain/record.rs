use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, Quantity, RefundId, Sku, UserId};

use super::address::Address;
use super::order::Status;
use super::refund::RefundStatus;
use super::totals::Totals;

/// A line as it was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoldLine {
    pub(crate) sku: Sku,
    pub(crate) name: String,
    pub(crate) quantity: Quantity,
    pub(crate) unit_price: Money,
}

/// Money that goes back, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefundRecord {
    pub(crate) id: RefundId,
    pub(crate) amount: Money,
    pub(crate) reason: String,
    pub(crate) status: RefundStatus,
    pub(crate) created_at: DateTime<Utc>,
}

/// Everything about an order, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderRecord {
    pub(crate) id: OrderId,
    pub(crate) customer_id: UserId,
    pub(crate) status: Status,
    /// Why it was rejected or cancelled.
    pub(crate) reason: Option<String>,
    pub(crate) lines: Vec<SoldLine>,
    pub(crate) totals: Totals,
    pub(crate) address: Address,
    pub(crate) discount_code: Option<String>,
    pub(crate) tracking_number: Option<String>,
    /// Oldest first.
    pub(crate) refunds: Vec<RefundRecord>,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) in_progress: bool,
}

/// One row of the timeline, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimelineRecord {
    pub(crate) at: DateTime<Utc>,
    pub(crate) service: String,
    pub(crate) kind: String,
    pub(crate) message: String,
}
