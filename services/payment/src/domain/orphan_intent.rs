//! Orphan intents: they name a payment but are not the one it refers to, because the provider carried out a
//! request after another request had replaced it.

use contracts::TraceContext;
use kernel::{OrderId, PaymentId};

use super::Intent;

/// A leased orphan intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrphanIntent {
    /// The provider's id of the intent.
    pub(crate) reference: String,
    /// The payment that it names.
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// The number of this attempt, from 1.
    pub(crate) attempt: i32,
    /// The trace of the authorization.
    pub(crate) trace: Option<TraceContext>,
}

/// How an orphan intent is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// It holds money or is open: it is canceled.
    Cancel,
    /// It was captured, which only a person can have done: an operator must act.
    Operator,
    /// It does not exist, is not the payment's, or has ended without money.
    Nothing,
}

impl OrphanIntent {
    /// Decides by the present state of the intent, not by the webhook about it.
    pub(crate) fn remedy(&self, intent: Option<&Intent>) -> Remedy {
        let Some(intent) = intent.filter(|intent| intent.payment_id == Some(self.payment_id))
        else {
            return Remedy::Nothing;
        };
        remedy(intent)
    }
}

/// How an intent that no payment refers to is resolved.
pub(crate) fn remedy(intent: &Intent) -> Remedy {
    match intent.status.as_str() {
        "requires_capture" | "requires_action" | "requires_confirmation" => Remedy::Cancel,
        "succeeded" => Remedy::Operator,
        _ => Remedy::Nothing,
    }
}
