//! Money: commands from `order`, replies from `payment`.

use kernel::{Money, OrderId, PaymentId, RefundId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::message;

/// Asks for the amount to be held on the customer's card.
/// Answered by [`PaymentAuthorized`] or [`PaymentDeclined`], perhaps after [`PaymentActionRequired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizePayment {
    /// The order to pay.
    pub order_id: OrderId,
    /// Drawn by the sender; the same id again gets the same answer.
    pub payment_id: PaymentId,
    /// Who pays.
    pub customer_id: UserId,
    /// The order's total.
    pub amount: Money,
    /// The provider's payment method: `pm_card_visa`.
    pub payment_method: String,
}
message!(AuthorizePayment, Command, "payment.authorize.v1", from "order", about order_id);

/// Asks for the hold to be let go. Answered by [`PaymentVoided`], also when the payment never came
/// or was declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidPayment {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
}
message!(VoidPayment, Command, "payment.void.v1", from "order", about order_id);

/// Asks for the held amount to be taken. Answered by [`PaymentCaptured`] or [`CaptureFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapturePayment {
    /// The order that ships.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// Which try to ship the order this is for, from 1. The same one again gets the same answer;
    /// after a failure only the next one asks the provider again.
    pub shipment: u32,
}
message!(CapturePayment, Command, "payment.capture.v1", from "order", about order_id);

/// Asks for taken money to be given back. Answered by [`PaymentRefunded`] or [`RefundFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPayment {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// Drawn by the sender; the same id again gets the same answer.
    pub refund_id: RefundId,
    /// How much.
    pub amount: Money,
}
message!(RefundPayment, Command, "payment.refund.v1", from "order", about order_id);

/// The amount is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentAuthorized {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// What is held.
    pub amount: Money,
}
message!(PaymentAuthorized, Event, "payment.authorized.v1", from "payment", about order_id);

/// The customer's bank wants to hear from the customer (3-D Secure) before anything is held.
/// [`PaymentAuthorized`] or [`PaymentDeclined`] follows when it has; a void ends the waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentActionRequired {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// Where to send the customer's browser.
    pub redirect_url: String,
}
message!(PaymentActionRequired, Event, "payment.action_required.v1", from "payment", about order_id);

/// The provider let an authorized amount go because nobody took it in time: nothing is held any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizationExpired {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
}
message!(AuthorizationExpired, Event, "payment.authorization_expired.v1", from "payment", about order_id);

/// Nothing is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentDeclined {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// The provider's code: `card_declined`, `insufficient_funds`, `expired_card`; `voided` when
    /// the payment was voided before it was authorized.
    pub code: String,
}
message!(PaymentDeclined, Event, "payment.declined.v1", from "payment", about order_id);

/// Nothing is held any more, and nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentVoided {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
}
message!(PaymentVoided, Event, "payment.voided.v1", from "payment", about order_id);

/// The money is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentCaptured {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// What was taken.
    pub amount: Money,
}
message!(PaymentCaptured, Event, "payment.captured.v1", from "payment", about order_id);

/// The money could not be taken; the hold may be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureFailed {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// The provider's code.
    pub code: String,
    /// The `shipment` of the command that this answers.
    pub shipment: u32,
}
message!(CaptureFailed, Event, "payment.capture_failed.v1", from "payment", about order_id);

/// The money is on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// Which refund.
    pub refund_id: RefundId,
    /// How much.
    pub amount: Money,
}
message!(PaymentRefunded, Event, "payment.refunded.v1", from "payment", about order_id);

/// The money was not given back. The provider may take a [`PaymentRefunded`] back this way, days later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundFailed {
    /// The order.
    pub order_id: OrderId,
    /// Which payment.
    pub payment_id: PaymentId,
    /// Which refund.
    pub refund_id: RefundId,
    /// The provider's code.
    pub code: String,
}
message!(RefundFailed, Event, "payment.refund_failed.v1", from "payment", about order_id);
