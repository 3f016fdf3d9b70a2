//! The second comparison: single payments and their intents, read again. Only its differences count.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::PaymentId;

use super::compare::Suspects;
use super::{Reconciler, Stop};
use crate::domain::{Difference, compare, unknown};

impl Reconciler {
    /// Compares all suspects again, after a pause for messages in flight to arrive.
    pub(super) async fn confirm(&self, suspects: Suspects) -> Result<Vec<Difference>, Stop> {
        let Suspects { payments, intents } = suspects;
        if payments.is_empty() && intents.is_empty() {
            return Ok(Vec::new());
        }
        let pause = Duration::from_millis(self.config.confirm_after_ms);
        tokio::time::sleep(pause).await;
        let mut found = Vec::new();
        for (id, references) in payments {
            found.extend(self.compare_now(id, &references).await?);
        }
        for reference in intents {
            found.extend(self.confirm_unknown(&reference).await?);
        }
        found.sort_by(|one, other| {
            let key = |one: &Difference| (one.since, one.payment_id, one.kind);
            key(one).cmp(&key(other))
        });
        Ok(found)
    }

    /// The differences of one payment now; none while anything about it is in flight.
    pub(super) async fn compare_now(
        &self,
        id: PaymentId,
        references: &BTreeSet<String>,
    ) -> Result<Vec<Difference>, Stop> {
        let limit = self.settled(self.clock.now());
        let before = self.store.ours(id).await?;
        let Some(ours) = before.filter(|ours| ours.is_settled(limit)) else {
            return Ok(Vec::new());
        };
        let mut references = references.clone();
        references.extend(ours.reference.clone());
        let mut intents = Vec::new();
        for reference in references {
            let Some(intent) = self.intent(&reference).await? else {
                continue;
            };
            // The webhook or the lookup that records it may still come.
            if intent.canceled_at.is_some_and(|at| at >= limit) {
                return Ok(Vec::new());
            }
            intents.push(intent);
        }
        // Both sides are comparable only if ours did not change while the provider's was read.
        if self.store.ours(id).await?.as_ref() != Some(&ours) {
            return Ok(Vec::new());
        }
        Ok(compare(&ours, &intents))
    }

    async fn confirm_unknown(&self, reference: &str) -> Result<Option<Difference>, Stop> {
        let Some(intent) = self.intent(reference).await? else {
            return Ok(None);
        };
        let named = intent.payment_id.into_iter().collect();
        let existing = self.store.existing_payments(named).await?;
        Ok(match existing.is_empty() {
            true => unknown(&intent),
            false => None,
        })
    }
}
