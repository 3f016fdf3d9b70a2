//! Events of orders, sent by `order`. They have no personal data; a receiver can query it by id.

use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, RefundId, ReturnId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{StockLine, message};

macro_rules! order_event {
    ($(#[$doc:meta])* $name:ident, $type:literal, to [$($queue:literal),*] { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// Id of the order.
            pub order_id: OrderId,
            /// Account of the customer.
            pub customer_id: UserId,
            /// When it happened.
            pub at: DateTime<Utc>,
            $($(#[$field_doc])* pub $field: $ty,)*
        }
        message!($name, Event, $type, from "order", to [$($queue),*], about order_id);
    };
}

order_event!(
    /// A customer placed the order; the checkout has begun.
    OrderPlaced, "order.placed.v1", to [] {
        /// Amount to pay.
        total: Money,
        /// The ordered units.
        lines: Vec<StockLine>,
    }
);
order_event!(
    /// 3-D Secure is required before the checkout can continue. Sent once per order. The customer gets the
    /// URL from `order`, signed in.
    OrderActionRequired, "order.action_required.v1", to ["user.notifications"] {
        /// When the challenge expires.
        expires_at: DateTime<Utc>,
    }
);
order_event!(
    /// The stock is sold and the amount is authorized.
    OrderConfirmed, "order.confirmed.v1", to ["user.notifications"] {
        /// Amount to pay.
        total: Money,
    }
);
order_event!(
    /// The checkout failed; all its steps were undone.
    OrderRejected, "order.rejected.v1", to ["user.notifications"] {
        /// `out_of_stock`, `payment_declined`, `payment_failed`, `stock_timed_out`, `payment_timed_out`,
        /// `payment_expired`, `reservation_expired`, `compensated` (by an operator).
        reason: String,
    }
);
order_event!(
    /// The order was canceled; all steps were undone.
    OrderCancelled, "order.cancelled.v1", to ["user.notifications"] {
        /// `by_customer`, `by_staff` or `payment_expired`.
        reason: String,
    }
);
order_event!(
    /// The order is paid and shipped.
    OrderShipped, "order.shipped.v1", to ["user.notifications"] {
        /// The carrier's tracking number.
        tracking_number: String,
    }
);
order_event!(
    /// The order was delivered.
    OrderDelivered, "order.delivered.v1", to ["user.notifications"] {}
);
order_event!(
    /// The provider accepted a refund.
    OrderRefunded, "order.refunded.v1", to ["user.notifications"] {
        /// Id of the refund.
        refund_id: RefundId,
        /// Amount.
        amount: Money,
    }
);
order_event!(
    /// The customer asks for a return of sold units.
    OrderReturnRequested, "order.return_requested.v1", to ["user.notifications"] {
        /// Id of the return.
        return_id: ReturnId,
    }
);
order_event!(
    /// The return is accepted; a refund follows if an amount was granted.
    OrderReturnApproved, "order.return_approved.v1", to ["user.notifications"] {
        /// Id of the return.
        return_id: ReturnId,
        /// The amount granted; 0 for no refund.
        amount: Money,
    }
);
order_event!(
    /// The return is not accepted. The customer reads why in the order, signed in.
    OrderReturnRefused, "order.return_refused.v1", to ["user.notifications"] {
        /// Id of the return.
        return_id: ReturnId,
    }
);
