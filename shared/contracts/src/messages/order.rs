//! News of orders, from `order`. They carry no personal data: who needs more asks by id.

use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, RefundId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{StockLine, message};

macro_rules! order_event {
    ($(#[$doc:meta])* $name:ident, $type:literal { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// The order.
            pub order_id: OrderId,
            /// Whose.
            pub customer_id: UserId,
            /// When it happened.
            pub at: DateTime<Utc>,
            $($(#[$field_doc])* pub $field: $ty,)*
        }
        message!($name, Event, $type, from "order", about order_id);
    };
}

order_event!(
    /// A customer asked for it; the checkout has begun.
    OrderPlaced, "order.placed.v1" {
        /// What is to be paid.
        total: Money,
        /// What was ordered.
        lines: Vec<StockLine>,
    }
);
order_event!(
    /// The customer's bank wants to hear from her (3-D Secure) before the checkout goes on. Told once
    /// an order; where to go she asks of `order`, signed in.
    OrderActionRequired, "order.action_required.v1" {
        /// Until when she has time.
        expires_at: DateTime<Utc>,
    }
);
order_event!(
    /// The stock is sold and the amount is held.
    OrderConfirmed, "order.confirmed.v1" {
        /// What is to be paid.
        total: Money,
    }
);
order_event!(
    /// The checkout did not succeed; everything was undone.
    OrderRejected, "order.rejected.v1" {
        /// `out_of_stock`, `payment_declined`, `stock_timed_out`, `payment_timed_out`,
        /// `payment_expired`, `reservation_expired`, `compensated` (by an operator).
        reason: String,
    }
);
order_event!(
    /// It was called off; everything was undone.
    OrderCancelled, "order.cancelled.v1" {
        /// `by_customer`, `by_staff` or `payment_expired`.
        reason: String,
    }
);
order_event!(
    /// It is paid and on its way.
    OrderShipped, "order.shipped.v1" {
        /// The carrier's number.
        tracking_number: String,
    }
);
order_event!(
    /// It has arrived.
    OrderDelivered, "order.delivered.v1" {}
);
order_event!(
    /// Money is on its way back.
    OrderRefunded, "order.refunded.v1" {
        /// Which refund.
        refund_id: RefundId,
        /// How much.
        amount: Money,
    }
);
