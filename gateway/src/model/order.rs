use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cart::Totals,
    convert::{convert_all, id, optional_text, required, time},
    money::{Amount, Money, amount},
    next_action::NextAction,
    postal_address::PostalAddress,
    refund::Refund,
};
use crate::edge::problem::Problem;

/// A checkout of the caller's cart.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkout {
    /// The shipping address.
    pub(crate) shipping_address: PostalAddress,
    /// The provider's id of the payment method. Only a free order needs none.
    #[serde(default)]
    #[schema(
        example = "pm_card_visa",
        max_length = 100,
        pattern = "^$|^[A-Za-z][A-Za-z0-9_]*$"
    )]
    pub(crate) payment_method: Option<String>,
    /// The total shown to the customer. If the current total differs, no order is placed.
    #[serde(default)]
    #[schema(value_type = Option<Amount>)]
    pub(crate) expected_total: Option<Money>,
}

/// A shipment, handed to the carrier.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shipment {
    /// The carrier's tracking number.
    #[schema(example = "JD014600003828", format = "tracking-number")]
    pub(crate) tracking_number: String,
}

/// The status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderStatus {
    /// The checkout is in progress.
    Pending,
    /// The stock is committed and the payment is authorized.
    Confirmed,
    /// The checkout failed; its steps were undone.
    Rejected,
    /// Canceled; its steps were undone.
    Cancelled,
    /// Captured and shipped.
    Shipped,
    /// Delivered.
    Delivered,
}

impl OrderStatus {
    /// The names of the query parameter `status`.
    pub(crate) const NAMES: [(&str, Self); 6] = [
        ("pending", Self::Pending),
        ("confirmed", Self::Confirmed),
        ("rejected", Self::Rejected),
        ("cancelled", Self::Cancelled),
        ("shipped", Self::Shipped),
        ("delivered", Self::Delivered),
    ];
}

/// Filter of the list of orders.
pub(crate) struct OrderFilter {
    /// Only orders with this status.
    pub(crate) status: Option<OrderStatus>,
    /// Orders of all customers; staff only.
    pub(crate) all_customers: bool,
    /// Only the order with this number.
    pub(crate) number: Option<String>,
    /// Only orders that were placed from this time on.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Only orders that were placed before this time.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Only orders of this account; with `all_customers`.
    pub(crate) customer_id: Option<Uuid>,
}

/// A line of an order, as it was sold.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderLine {
    /// SKU as sold.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Name as sold.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Units.
    #[schema(example = 2)]
    pub(crate) quantity: u32,
    /// Price of one unit as sold.
    pub(crate) unit_price: Money,
    /// Unit price times quantity.
    pub(crate) total: Money,
}

/// An order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Order {
    /// The order's id.
    pub(crate) id: Uuid,
    /// The number that people read out and type. The last character checks the others. Absent only for some moments after
    /// an upgrade, in orders from before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "K7M4-2Q9X-0")]
    pub(crate) number: Option<String>,
    /// Account of the customer.
    pub(crate) customer_id: Uuid,
    /// The status.
    pub(crate) status: OrderStatus,
    /// Why it was rejected (`out_of_stock`, `payment_declined`, `payment_failed`, `payment_timed_out`,
    /// `stock_timed_out`, `payment_expired`, `reservation_expired`, `compensated`) or cancelled
    /// (`by_customer`, `by_staff`, `payment_expired`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "out_of_stock")]
    pub(crate) reason: Option<String>,
    /// The lines, as sold.
    pub(crate) lines: Vec<OrderLine>,
    /// The amounts.
    pub(crate) totals: Totals,
    /// Where it goes.
    pub(crate) shipping_address: PostalAddress,
    /// The discount code that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "WELCOME10")]
    pub(crate) discount_code: Option<String>,
    /// The carrier's tracking number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "JD014600003SE")]
    pub(crate) tracking_number: Option<String>,
    /// Oldest first.
    pub(crate) refunds: Vec<Refund>,
    /// When it was placed.
    pub(crate) placed_at: DateTime<Utc>,
    /// When its status last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// True while a requested cancellation or shipment is in progress.
    pub(crate) in_progress: bool,
    /// An action of the customer that the checkout requires; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_action: Option<NextAction>,
}

/// An order in a list. Its own URL has the lines, the amounts, the address and the refunds.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderSummary {
    /// The order's id.
    pub(crate) id: Uuid,
    /// The number that people read out and type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "K7M4-2Q9X-0")]
    pub(crate) number: Option<String>,
    /// Account of the customer.
    pub(crate) customer_id: Uuid,
    /// The status.
    pub(crate) status: OrderStatus,
    /// Why it was rejected or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "out_of_stock")]
    pub(crate) reason: Option<String>,
    /// Number of lines.
    #[schema(example = 2)]
    pub(crate) line_count: u32,
    /// Units of all lines together.
    #[schema(example = 3)]
    pub(crate) units: u32,
    /// Amount to pay.
    pub(crate) total: Money,
    /// True while a requested cancellation or shipment is in progress.
    pub(crate) in_progress: bool,
    /// True while the checkout waits for the customer: `next_action` of the order says what to do.
    pub(crate) action_required: bool,
    /// When it was placed.
    pub(crate) placed_at: DateTime<Utc>,
    /// When its status last changed.
    pub(crate) updated_at: DateTime<Utc>,
}

/// One page of orders, newest first.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Orders {
    /// Summaries of the orders of this page.
    #[serde(rename = "items")]
    pub(crate) orders: Vec<OrderSummary>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

impl Order {
    /// The number, or the id while it has none.
    pub(crate) fn number_or_id(&self) -> String {
        number_or_id(self.number.as_deref(), self.id)
    }
}

impl OrderSummary {
    /// The number, or the id while it has none.
    pub(crate) fn number_or_id(&self) -> String {
        number_or_id(self.number.as_deref(), self.id)
    }
}

fn number_or_id(number: Option<&str>, id: Uuid) -> String {
    number.map_or_else(|| id.to_string(), str::to_owned)
}

pub(super) fn status(status: v1::OrderStatus) -> Option<OrderStatus> {
    Some(match status {
        v1::OrderStatus::Pending => OrderStatus::Pending,
        v1::OrderStatus::Confirmed => OrderStatus::Confirmed,
        v1::OrderStatus::Rejected => OrderStatus::Rejected,
        v1::OrderStatus::Cancelled => OrderStatus::Cancelled,
        v1::OrderStatus::Shipped => OrderStatus::Shipped,
        v1::OrderStatus::Delivered => OrderStatus::Delivered,
        v1::OrderStatus::Unspecified => return None,
    })
}

impl From<OrderStatus> for v1::OrderStatus {
    fn from(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Pending => Self::Pending,
            OrderStatus::Confirmed => Self::Confirmed,
            OrderStatus::Rejected => Self::Rejected,
            OrderStatus::Cancelled => Self::Cancelled,
            OrderStatus::Shipped => Self::Shipped,
            OrderStatus::Delivered => Self::Delivered,
        }
    }
}

impl TryFrom<v1::OrderLine> for OrderLine {
    type Error = Problem;

    fn try_from(line: v1::OrderLine) -> Result<Self, Problem> {
        Ok(Self {
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
            unit_price: amount(line.unit_price, "OrderLine.unit_price")?,
            total: amount(line.total, "OrderLine.total")?,
        })
    }
}

impl TryFrom<v1::Order> for Order {
    type Error = Problem;

    fn try_from(order: v1::Order) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&order.id, "Order.id")?,
            customer_id: id(&order.customer_id, "Order.customer_id")?,
            status: required(status(order.status()), "Order.status")?,
            number: optional_text(order.number),
            reason: optional_text(order.reason),
            lines: convert_all(order.lines)?,
            totals: required(order.totals, "Order.totals")?.try_into()?,
            shipping_address: required(order.shipping_address, "Order.shipping_address")?.into(),
            discount_code: optional_text(order.discount_code),
            tracking_number: optional_text(order.tracking_number),
            refunds: convert_all(order.refunds)?,
            placed_at: time(order.placed_at, "Order.placed_at")?,
            updated_at: time(order.updated_at, "Order.updated_at")?,
            in_progress: order.in_progress,
            next_action: order.next_action.map(Into::into),
        })
    }
}

impl TryFrom<v1::OrderSummary> for OrderSummary {
    type Error = Problem;

    fn try_from(order: v1::OrderSummary) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&order.id, "OrderSummary.id")?,
            customer_id: id(&order.customer_id, "OrderSummary.customer_id")?,
            status: required(status(order.status()), "OrderSummary.status")?,
            number: optional_text(order.number),
            reason: optional_text(order.reason),
            line_count: order.line_count,
            units: order.units,
            total: amount(order.total, "OrderSummary.total")?,
            in_progress: order.in_progress,
            action_required: order.action_required,
            placed_at: time(order.placed_at, "OrderSummary.placed_at")?,
            updated_at: time(order.updated_at, "OrderSummary.updated_at")?,
        })
    }
}

impl TryFrom<v1::ListOrdersResponse> for Orders {
    type Error = Problem;

    fn try_from(reply: v1::ListOrdersResponse) -> Result<Self, Problem> {
        Ok(Self {
            orders: convert_all(reply.summaries)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
