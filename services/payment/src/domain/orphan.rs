//! Orphan intents: they name a payment and are not its own, because the provider carried out a request
//! after a later one had replaced it.

use contracts::TraceContext;
use kernel::{OrderId, PaymentId};

use super::Intent;

/// A leased orphan intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrphanIntent {
    /// The provider's own id of the intent.
    pub(crate) reference: String,
    /// The payment that it names.
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// Which attempt this is, from 1.
    pub(crate) attempt: i32,
    /// The trace of the authorization.
    pub(crate) trace: Option<TraceContext>,
}

/// What is to be done about an orphan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// It holds money, or may: it is canceled.
    Cancel,
    /// Its money was captured, which only a person can have done: a person must act.
    Person,
    /// It does not exist, is not ours, or is over.
    Nothing,
}

impl OrphanIntent {
    /// Decides by what the intent is now, not by the event that announced it.
    pub(crate) fn remedy(&self, intent: Option<&Intent>) -> Remedy {
        let Some(intent) = intent.filter(|intent| intent.payment_id == Some(self.payment_id))
        else {
            return Remedy::Nothing;
        };
        match intent.status.as_str() {
            "requires_capture" | "requires_action" | "requires_confirmation" => Remedy::Cancel,
            "succeeded" => Remedy::Person,
            _ => Remedy::Nothing,
        }
    }
}
