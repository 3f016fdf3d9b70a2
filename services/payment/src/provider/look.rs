//! One intent or refund as it is now.

use super::object::Object;
use super::pages::body;
use super::{Provider, ProviderError, answer, measured};
use crate::domain::{Lookup, RefundSeen, Seen};
use crate::metrics::{Call, CallOutcome};

/// What a lookup shows.
#[derive(Debug, Clone)]
pub(crate) enum Look {
    Intent(Seen),
    Refund(RefundSeen),
}

impl Provider {
    /// Reads the intent or the refund of a lookup.
    pub(crate) async fn look(&self, lookup: &Lookup) -> Result<Look, ProviderError> {
        measured(Call::Look, |_| CallOutcome::Done, self.read(lookup)).await
    }

    async fn read(&self, lookup: &Lookup) -> Result<Look, ProviderError> {
        let reference = &lookup.reference;
        if let Some(refund_id) = lookup.refund_id {
            let path = format!("/v1/refunds/{reference}");
            let refund: Object = body(&self.get(&path, &[]).await?)?;
            if refund.note("refund_id") != Some(&refund_id.to_string()) {
                return Err(answer::unexpected(200, "this refund is another one"));
            }
            return Ok(Look::Refund(match refund.refund_failure() {
                Some(code) => RefundSeen::Failed { code },
                None => RefundSeen::Good,
            }));
        }
        let path = format!("/v1/payment_intents/{reference}");
        let intent: Object = body(&self.get(&path, &[]).await?)?;
        let currency = lookup.amount.currency().code();
        let ours = intent.note("payment_id") == Some(&lookup.payment_id.to_string())
            && intent.amount == lookup.amount.minor_units()
            && intent.currency.eq_ignore_ascii_case(currency);
        if !ours {
            return Err(answer::unexpected(200, "this intent is another payment's"));
        }
        Ok(Look::Intent(intent.seen()))
    }
}
