//! Intents that name a payment and are not its own: a request that was taken for dead came to life
//! after its successor. Nobody wants their money.

use contracts::TraceContext;
use kernel::{OrderId, PaymentId};

use super::Intent;

/// A leased stray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrphanIntent {
    /// The provider's own id of the intent.
    pub(crate) reference: String,
    /// The payment that it is said to name.
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    /// How many hints there had been when it was leased.
    pub(crate) hints: i64,
    /// Which try this is, from 1.
    pub(crate) attempt: i32,
    /// The trace that asked for the authorization.
    pub(crate) trace: Option<TraceContext>,
}

/// What is to be done about a stray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// It holds money, or may come to: it is canceled.
    Cancel,
    /// Its money was taken, which only a person can have done: a person must look.
    Person,
    /// It is not there, not ours, or over.
    Nothing,
}

impl OrphanIntent {
    /// Decides by what the provider says when it is asked, not by what it told.
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
