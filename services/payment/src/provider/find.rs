//! The search for the outcome of calls that had no answer.

use chrono::TimeDelta;

use super::object::Object;
use super::pages::body;
use super::{Provider, ProviderError, answer, measured};
use crate::domain::{Answer, Operation, Task};
use crate::metrics::{Call, CallOutcome};

/// Our clock and the provider's may differ by this much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(15);

impl Provider {
    /// The outcome of the earlier calls of an operation: the answer that never arrived, or None when
    /// the provider definitely has not acted. `keep` is called between the pages of a list: it renews the
    /// lease of the operation, or ends the search.
    pub(crate) async fn find<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        keep: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        let outcome = |found: &Option<Answer>| match found {
            Some(_) => CallOutcome::Found,
            None => CallOutcome::Nothing,
        };
        measured(Call::Find, outcome, self.search(operation, keep)).await
    }

    async fn search<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        keep: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        match (operation.task, operation.reference.as_deref()) {
            (Task::Refund(refund_id), Some(intent)) => {
                let refund_id = refund_id.to_string();
                let query = vec![("payment_intent", intent.to_owned())];
                let is_ours = |refund: &Object| refund.note("refund_id") == Some(&refund_id);
                let ours = self.all("/v1/refunds", query, is_ours, keep).await?;
                let ours = ours.into_iter().next();
                ours.map(|refund| answer::done(operation, 200, refund))
                    .transpose()
            }
            (Task::Capture | Task::Void, Some(intent)) => {
                let path = format!("/v1/payment_intents/{intent}");
                let raw = self.get(&path, &[]).await?;
                if raw.status == 404 {
                    // The call itself has the same answer.
                    return answer::of(operation, &raw).map(Some);
                }
                answer::found(operation, body(&raw)?)
            }
            (Task::Authorize, _) => self.search_intents(operation, keep).await,
            (Task::Capture | Task::Void | Task::Refund(_), None) => Err(answer::unexpected(
                0,
                "the payment has no reference of the provider",
            )),
        }
    }

    /// Among the intents made since the payment was requested.
    async fn search_intents<F: Future<Output = bool>>(
        &self,
        operation: &Operation,
        keep: impl Fn() -> F,
    ) -> Result<Option<Answer>, ProviderError> {
        let since = operation.created_at - CLOCKS_DIFFER;
        let payment_id = operation.payment_id.to_string();
        let query = vec![("created[gte]", since.timestamp().to_string())];
        let is_ours = |intent: &Object| intent.note("payment_id") == Some(&payment_id);
        let path = "/v1/payment_intents";
        let mut best = None;
        for intent in self.all(path, query, is_ours, keep).await? {
            match answer::found(operation, intent)? {
                // What is held, or waits for the customer, counts more than what was refused.
                Some(found @ (Answer::Done { .. } | Answer::ActionRequired { .. })) => {
                    return Ok(Some(found));
                }
                Some(found) => best = Some(found),
                None => {}
            }
        }
        Ok(best)
    }
}
