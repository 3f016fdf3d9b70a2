use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, Quantity, RefundId, Sku, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::checkout::Address;
use super::order::{NextAction, Status};
use super::order_number::OrderNumber;
use super::refund::RefundStatus;
use super::totals::Totals;
use super::units::UnitShare;

/// A line as it was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SoldLine {
    pub(crate) sku: Sku,
    pub(crate) name: String,
    pub(crate) quantity: Quantity,
    pub(crate) unit_price: Money,
}

/// A refund, as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefundRecord {
    pub(crate) id: RefundId,
    pub(crate) amount: Money,
    pub(crate) reason: String,
    pub(crate) status: RefundStatus,
    pub(crate) created_at: DateTime<Utc>,
    /// The units that it refunds; none for a refund of an amount.
    #[serde(default)]
    pub(crate) units: Vec<UnitShare>,
}

/// An order, as customers see it. The answer to a checkout is stored in this form with its idempotency key,
/// and later versions read it: a new field needs a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderRecord {
    pub(crate) id: OrderId,
    /// None until the job has given one to an order of an earlier version.
    #[serde(default)]
    pub(crate) number: Option<OrderNumber>,
    pub(crate) customer_id: UserId,
    pub(crate) status: Status,
    /// Why it was rejected or cancelled.
    pub(crate) reason: Option<String>,
    pub(crate) lines: Vec<SoldLine>,
    pub(crate) totals: Totals,
    /// Not part of the stored answer: personal data stays in the row of the order.
    #[serde(skip)]
    pub(crate) address: Address,
    pub(crate) discount_code: Option<String>,
    pub(crate) tracking_number: Option<String>,
    /// Oldest first.
    pub(crate) refunds: Vec<RefundRecord>,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) in_progress: bool,
    /// What the customer must do to continue the checkout.
    pub(crate) next_action: Option<NextAction>,
}

/// An order in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderSummary {
    pub(crate) id: OrderId,
    /// As in [`OrderRecord`].
    pub(crate) number: Option<OrderNumber>,
    pub(crate) customer_id: UserId,
    pub(crate) status: Status,
    /// Why it was rejected or cancelled.
    pub(crate) reason: Option<String>,
    pub(crate) line_count: u32,
    /// Units of all lines together.
    pub(crate) units: u32,
    pub(crate) total: Money,
    pub(crate) in_progress: bool,
    /// Whether the customer must act to continue the checkout.
    pub(crate) action_required: bool,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// The state of a saga, as operators see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SagaState {
    /// Awaits a reply.
    InFlight,
    /// Was retried beyond the usual number of attempts.
    Stuck,
    /// Undoes completed steps.
    Compensating,
    /// Awaits nothing.
    Idle,
}

/// What is in flight for an order, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SagaRecord {
    /// The key in lists: the id of the order, or of the refund.
    pub(crate) id: Uuid,
    pub(crate) order_id: OrderId,
    pub(crate) order_status: Status,
    pub(crate) state: SagaState,
    /// What is awaited: a step of the saga, or `refund`.
    pub(crate) step: Option<String>,
    pub(crate) attempts: u32,
    /// Why it is undone, or `action_required` while it waits for the customer.
    pub(crate) reason: Option<String>,
    /// When the step was first requested.
    pub(crate) since: Option<DateTime<Utc>>,
    /// When it is requested again, or given up.
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// The trace in which the order was placed.
    pub(crate) trace_id: Option<String>,
}

/// One row of the timeline, as customers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimelineRecord {
    /// From 1.
    pub(crate) position: u32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) service: String,
    pub(crate) kind: String,
    pub(crate) message: String,
}
