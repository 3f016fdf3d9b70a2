//! The search for the outcome of calls without a definite answer.

use chrono::TimeDelta;

use super::object::Object;
use super::pages::body;
use super::{Provider, ProviderError, answer, measured};
use crate::domain::{Answer, Operation, Task};
use crate::metrics::{Call, CallOutcome};

/// Most by which our clock and the provider's may differ.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(15);

impl Provider {
    /// The answer to the earlier calls of an operation, which was lost; `None` when the provider definitely
    /// has not acted. `renew_lease` is called between the pages of a list; false ends the search.
    pub(crate) async fn search<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        renew_lease: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        let outcome = |found: &Option<Answer>| match found {
            Some(_) => CallOutcome::Found,
            None => CallOutcome::NotFound,
        };
        measured(
            Call::Search,
            outcome,
            self.read_outcome(operation, renew_lease),
        )
        .await
    }

    async fn read_outcome<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        renew_lease: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        match (operation.task, operation.reference.as_deref()) {
            (Task::Refund(refund_id), Some(intent)) => {
                let refund_id = refund_id.to_string();
                let query = vec![("payment_intent", intent.to_owned())];
                let is_ours = |refund: &Object| refund.metadata("refund_id") == Some(&refund_id);
                let ours = self.all("/v1/refunds", query, is_ours, renew_lease).await?;
                let ours = ours.into_iter().next();
                ours.map(|refund| answer::done(operation, 200, refund))
                    .transpose()
            }
            (Task::Capture | Task::Void, Some(intent)) => {
                let path = format!("/v1/payment_intents/{intent}");
                let raw = self.get(&path, &[]).await?;
                if raw.status == 404 {
                    // The operation's own call would get the same answer.
                    return answer::of(operation, &raw).map(Some);
                }
                answer::found(operation, body(&raw)?)
            }
            (Task::Authorize, _) => self.search_intents(operation, renew_lease).await,
            (Task::Capture | Task::Void | Task::Refund(_), None) => Err(answer::unexpected(
                0,
                "the payment has no intent at the provider",
            )),
        }
    }

    /// Searches the intents created since the authorization was requested.
    async fn search_intents<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        renew_lease: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        let since = operation.created_at - MAX_CLOCK_SKEW;
        let payment_id = operation.payment_id.to_string();
        let query = vec![("created[gte]", since.timestamp().to_string())];
        let is_ours = |intent: &Object| intent.metadata("payment_id") == Some(&payment_id);
        let path = "/v1/payment_intents";
        let mut refused = None;
        for intent in self.all(path, query, is_ours, renew_lease).await? {
            match answer::found(operation, intent)? {
                // An authorization or a challenge takes precedence over a refusal.
                Some(found @ (Answer::Done { .. } | Answer::ActionRequired { .. })) => {
                    return Ok(Some(found));
                }
                Some(found) => refused = Some(found),
                None => {}
            }
        }
        Ok(refused)
    }
}
