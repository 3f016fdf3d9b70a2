use super::object::Object;
use super::pages::body;
use super::{Provider, ProviderError, answer, measured};
use crate::domain::{self, Lookup, ObservedIntent, ObservedRefund};
use crate::metrics::{Call, CallOutcome};

/// The result of a lookup.
#[derive(Debug, Clone)]
pub(crate) enum Observation {
    Intent(ObservedIntent),
    Refund(ObservedRefund),
}

impl Provider {
    /// Reads the intent or the refund of a lookup.
    pub(crate) async fn look_up(&self, lookup: &Lookup) -> Result<Observation, ProviderError> {
        measured(Call::Lookup, |_| CallOutcome::Done, self.read(lookup)).await
    }

    async fn read(&self, lookup: &Lookup) -> Result<Observation, ProviderError> {
        let reference = &lookup.reference;
        if let Some(refund_id) = lookup.refund_id {
            let path = format!("/v1/refunds/{reference}");
            let refund: Object = body(&self.get(&path, &[]).await?)?;
            if refund.metadata("refund_id") != Some(&refund_id.to_string()) {
                return Err(answer::unexpected(
                    200,
                    "the refund at the provider is not ours",
                ));
            }
            return Ok(Observation::Refund(match refund.refund_failure() {
                Some(code) => ObservedRefund::Failed { code },
                None => ObservedRefund::Accepted,
            }));
        }
        let path = format!("/v1/payment_intents/{reference}");
        let intent: Object = body(&self.get(&path, &[]).await?)?;
        let currency = lookup.amount.currency().code();
        let ours = intent.metadata("payment_id") == Some(&lookup.payment_id.to_string())
            && domain::to_provider(lookup.amount) == Ok(intent.amount)
            && intent.currency.eq_ignore_ascii_case(currency);
        if !ours {
            return Err(answer::unexpected(
                200,
                "the intent belongs to another payment",
            ));
        }
        Ok(Observation::Intent(intent.observed()))
    }
}
