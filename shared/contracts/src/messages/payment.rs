//! Payments: commands of `order`, replies and events of `payment`.

use kernel::{Money, OrderId, PaymentId, RefundId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::message;

/// Authorizes an amount on the customer's card. The reply is [`PaymentAuthorized`] or
/// [`PaymentDeclined`], possibly after [`PaymentActionRequired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizePayment {
    /// Id of the order.
    pub order_id: OrderId,
    /// Chosen by the sender. The same id gets the same reply.
    pub payment_id: PaymentId,
    /// Account of the customer.
    pub customer_id: UserId,
    /// The order's total.
    pub amount: Money,
    /// The provider's id of the payment method: `pm_card_visa`.
    pub payment_method: String,
}
message!(AuthorizePayment, Command, "payment.authorize.v1", from "order", to ["payment.commands"], about order_id);

/// Voids the authorization. The reply is [`PaymentVoided`], also if the payment does not exist or was
/// declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidPayment {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
}
message!(VoidPayment, Command, "payment.void.v1", from "order", to ["payment.commands"], about order_id);

/// Captures the authorized amount. The reply is [`PaymentCaptured`] or [`CaptureFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapturePayment {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// The attempt to ship the order, from 1. The same attempt gets the same reply; after a failure only
    /// the next attempt calls the provider again.
    pub shipment: u32,
}
message!(CapturePayment, Command, "payment.capture.v1", from "order", to ["payment.commands"], about order_id);

/// Refunds captured money. The reply is [`PaymentRefunded`] or [`RefundFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPayment {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Chosen by the sender. The same id gets the same reply.
    pub refund_id: RefundId,
    /// Amount.
    pub amount: Money,
}
message!(RefundPayment, Command, "payment.refund.v1", from "order", to ["payment.commands"], about order_id);

/// The amount is authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentAuthorized {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Authorized amount.
    pub amount: Money,
}
message!(PaymentAuthorized, Event, "payment.authorized.v1", from "payment", to ["order.replies"], about order_id);

/// 3-D Secure is required before the amount can be authorized. [`PaymentAuthorized`] or
/// [`PaymentDeclined`] follows after the challenge, or [`PaymentVoided`] after a void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentActionRequired {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Where to redirect the customer's browser.
    pub redirect_url: String,
}
message!(PaymentActionRequired, Event, "payment.action_required.v1", from "payment", to ["order.replies"], about order_id);

/// The authorization expired at the provider before it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorizationExpired {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
}
message!(AuthorizationExpired, Event, "payment.authorization_expired.v1", from "payment", to ["order.replies"], about order_id);

/// The payment was declined, or its request was rejected; nothing is authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentDeclined {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// What the buyer may know: `card_declined`, `insufficient_funds`, `expired_card`, `incorrect_details`,
    /// `authentication_failed`, `try_another_card`, `try_again`; `voided` if the payment was voided before it was
    /// authorized. Never the provider's code: only staff read it, from `payment`.
    pub code: String,
    /// The card was not declined: the provider rejected the request as invalid, or the amount cannot be
    /// charged. Staff of the shop must act; another card does not help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub request_rejected: bool,
    /// The provider's name of the declined card, the same for every payment method with it; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_fingerprint: Option<String>,
}
message!(PaymentDeclined, Event, "payment.declined.v1", from "payment", to ["order.replies"], about order_id);

/// The authorization is canceled, and nothing was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentVoided {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
}
message!(PaymentVoided, Event, "payment.voided.v1", from "payment", to ["order.replies"], about order_id);

/// The amount is captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentCaptured {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Captured amount.
    pub amount: Money,
}
message!(PaymentCaptured, Event, "payment.captured.v1", from "payment", to ["order.replies"], about order_id);

/// The capture failed; the authorization may have expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureFailed {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// What the buyer may know: as of [`PaymentDeclined`], or `unknown`.
    pub code: String,
    /// The `shipment` of the command.
    pub shipment: u32,
}
message!(CaptureFailed, Event, "payment.capture_failed.v1", from "payment", to ["order.replies"], about order_id);

/// The provider accepted the refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRefunded {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Id of the refund.
    pub refund_id: RefundId,
    /// Amount.
    pub amount: Money,
}
message!(PaymentRefunded, Event, "payment.refunded.v1", from "payment", to ["order.replies"], about order_id);

/// The refund failed. May follow a [`PaymentRefunded`] days later, when the refund fails at the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundFailed {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Id of the refund.
    pub refund_id: RefundId,
    /// What the buyer may know: as of [`PaymentDeclined`], or `unknown`.
    pub code: String,
}
message!(RefundFailed, Event, "payment.refund_failed.v1", from "payment", to ["order.replies"], about order_id);
