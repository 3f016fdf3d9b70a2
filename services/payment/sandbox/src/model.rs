//! Payment intents and refunds, and how they look on the wire.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Where a payment intent is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A payment method must be given; also after a decline.
    RequiresPaymentMethod,
    /// Everything is there; `confirm` is awaited.
    RequiresConfirmation,
    /// The customer must prove who they are.
    RequiresAction,
    /// The amount is held.
    RequiresCapture,
    /// Over without money.
    Canceled,
    /// The money was taken.
    Succeeded,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

/// One attempt to be paid. Amounts are minor units.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    pub(crate) refunded: i64,
    pub(crate) currency: String,
    pub(crate) capture_manually: bool,
    pub(crate) status: Status,
    pub(crate) payment_method: Option<String>,
    pub(crate) charge: Option<String>,
    pub(crate) last_payment_error: Option<Value>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Intent {
    /// What could be taken now.
    pub(crate) fn capturable(&self) -> i64 {
        match self.status {
            Status::RequiresCapture => self.amount,
            _ => 0,
        }
    }

    /// The `payment_intent` object.
    pub(crate) fn view(&self) -> Value {
        let next_action = match self.status {
            Status::RequiresAction => json!({ "type": "use_stripe_sdk" }),
            _ => Value::Null,
        };
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": self.capturable(),
            "amount_received": self.received,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": if self.capture_manually { "manual" } else { "automatic" },
            "client_secret": format!("{}_secret_sandbox", self.id),
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "last_payment_error": self.last_payment_error,
            "latest_charge": self.charge,
            "livemode": false,
            "metadata": self.metadata,
            "next_action": next_action,
            "payment_method": self.payment_method,
            "payment_method_types": ["card"],
            "status": self.status.name(),
        })
    }
}

/// Money that went back.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_intent: String,
    pub(crate) charge: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) created: i64,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Refund {
    /// The `refund` object.
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason,
            "status": "succeeded",
        })
    }
}
