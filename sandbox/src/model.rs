//! Payment intents, refunds and events, and how they look on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The version of Stripe's API that the answers follow.
const API_VERSION: &str = "2024-06-20";

/// Where a payment intent is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    /// What went back, or is on its way back.
    pub(crate) refunded: i64,
    pub(crate) currency: String,
    pub(crate) capture_manually: bool,
    pub(crate) status: Status,
    pub(crate) payment_method: Option<String>,
    pub(crate) charge: Option<String>,
    /// What the customer must do, while something must be done.
    pub(crate) next_action: Option<Value>,
    /// Where the customer's browser goes after a challenge.
    pub(crate) return_url: Option<String>,
    pub(crate) last_payment_error: Option<Value>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) canceled_at: Option<i64>,
    /// Captures that the issuer refused.
    pub(crate) failed_captures: u32,
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Ids, oldest first.
    pub(crate) refunds: Vec<String>,
}

impl Intent {
    /// What could be taken now.
    pub(crate) fn capturable(&self) -> i64 {
        match self.status {
            Status::RequiresCapture => self.amount,
            _ => 0,
        }
    }

    /// The secret that a browser shows for this intent.
    pub(crate) fn client_secret(&self) -> String {
        format!("{}_secret_sandbox", self.id)
    }

    /// The `payment_intent` object.
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": self.capturable(),
            "amount_received": self.received,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": if self.capture_manually { "manual" } else { "automatic" },
            "client_secret": self.client_secret(),
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "last_payment_error": self.last_payment_error,
            "latest_charge": self.charge,
            "livemode": false,
            "metadata": self.metadata,
            "next_action": self.next_action,
            "payment_method": self.payment_method,
            "payment_method_types": ["card"],
            "status": self.status.name(),
        })
    }

    /// The `charge` object, as far as events show it.
    pub(crate) fn charge_view(&self) -> Value {
        json!({
            "id": self.charge,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.received,
            "amount_refunded": self.refunded,
            "captured": self.received > 0,
            "created": self.created,
            "currency": self.currency,
            "livemode": false,
            "metadata": self.metadata,
            "paid": true,
            "payment_intent": self.id,
            "payment_method": self.payment_method,
            "refunded": self.refunded == self.received,
            "status": "succeeded",
        })
    }
}

/// Where a refund is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// On its way.
    Pending,
    /// The money is back, as far as the provider knows.
    Succeeded,
    /// The bank did not take it: it is the shop's again.
    Failed,
}

/// Money that goes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_intent: String,
    pub(crate) charge: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) status: RefundStatus,
    /// What it becomes by itself after some time.
    pub(crate) later: Option<RefundStatus>,
    pub(crate) created: i64,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Refund {
    /// The `refund` object.
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason,
            "status": self.status,
        });
        if self.status == RefundStatus::Failed {
            view["failure_reason"] = "unknown".into();
        }
        view
    }
}

/// The request that something comes from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created: i64,
    /// The thing that it happened to, as it was then.
    pub(crate) object: Value,
    pub(crate) cause: Cause,
    /// Deliveries that are still to be made.
    pub(crate) pending: u32,
}

impl Event {
    /// The `event` object.
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": { "object": self.object },
            "livemode": false,
            "pending_webhooks": self.pending,
            "request": self.cause,
            "type": self.kind,
        })
    }
}
