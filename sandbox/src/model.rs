//! Payment intents, refunds and events, and their JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The version of Stripe's API that the JSON follows.
const API_VERSION: &str = "2024-06-20";

/// The status of a payment intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It needs a payment method; also after a decline.
    RequiresPaymentMethod,
    /// It has a payment method and waits for `confirm`.
    RequiresConfirmation,
    /// 3-D Secure is required.
    RequiresAction,
    /// The amount is authorized.
    RequiresCapture,
    /// Nothing was captured.
    Canceled,
    /// The amount is captured.
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

/// A payment intent. Amounts are in Stripe's units.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    /// Refunded, pending refunds included.
    pub(crate) refunded: i64,
    pub(crate) currency: String,
    pub(crate) capture_manually: bool,
    pub(crate) status: Status,
    pub(crate) payment_method: Option<String>,
    pub(crate) charge: Option<String>,
    /// How to open the challenge, while one is open.
    pub(crate) next_action: Option<Value>,
    /// URL to which the browser returns after a challenge.
    pub(crate) return_url: Option<String>,
    pub(crate) last_payment_error: Option<Value>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) canceled_at: Option<i64>,
    /// Captures that the issuer declined.
    pub(crate) failed_captures: u32,
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Ids of its refunds, oldest first.
    pub(crate) refunds: Vec<String>,
}

impl Intent {
    /// The amount that can be captured now.
    pub(crate) fn capturable(&self) -> i64 {
        match self.status {
            Status::RequiresCapture => self.amount,
            _ => 0,
        }
    }

    /// The secret with which a browser refers to this intent.
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

    /// The part of the `charge` object that events contain.
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

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// The issuer has not accepted it yet.
    Pending,
    /// The money is returned. It may still fail later.
    Succeeded,
    /// The issuer rejected it; the shop has the money again.
    Failed,
}

/// A refund. The amount is in Stripe's units.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_intent: String,
    pub(crate) charge: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) status: RefundStatus,
    /// Its final status, while that is still to come.
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

/// The request that caused an event; empty if there was none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// An event: a transition of an intent or a refund.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created: i64,
    /// The object right after the transition.
    pub(crate) object: Value,
    pub(crate) cause: Cause,
    /// Pending deliveries.
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
