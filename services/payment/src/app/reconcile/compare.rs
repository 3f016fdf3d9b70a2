//! The first comparison: everything in the window. It yields suspects; `confirm.rs` decides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::TimeDelta;
use kernel::PaymentId;

use super::{MAX_SUSPECTS, Progress, Reconciler, Stop};
use crate::domain::{Intent, Run, compare, unknown};
use crate::provider::{Created, ProviderError};

/// How much earlier than its payment an intent may seem to be created, by the provider's clock.
const SKEW: TimeDelta = TimeDelta::hours(1);
/// How much later than its payment an intent may be created, after an outage of the provider.
const CREATION_DELAY: TimeDelta = TimeDelta::hours(24);

/// The payments and intents that are compared again.
#[derive(Default)]
pub(super) struct Suspects {
    /// Payments that differ, with the intents that name them.
    pub(super) payments: BTreeMap<PaymentId, BTreeSet<String>>,
    /// Intents without a payment of ours.
    pub(super) intents: BTreeSet<String>,
}

impl Suspects {
    pub(super) fn are_too_many(&self) -> bool {
        self.payments.len() + self.intents.len() > MAX_SUSPECTS
    }

    fn add(&mut self, id: PaymentId, intents: &[Intent]) {
        let references = self.payments.entry(id).or_default();
        references.extend(intents.iter().map(|intent| intent.reference.clone()));
    }
}

/// A comparison in progress.
pub(super) struct Comparison<'a> {
    reconciler: &'a Reconciler,
    run: &'a Run,
    progress: &'a Progress,
    suspects: Suspects,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(reconciler: &'a Reconciler, run: &'a Run, progress: &'a Progress) -> Self {
        Self {
            reconciler,
            run,
            progress,
            suspects: Suspects::default(),
        }
    }

    /// Reads both sides and compares them.
    pub(super) async fn suspects(mut self) -> Result<Suspects, Stop> {
        self.read_intents().await?;
        self.read_refunds().await?;
        self.compare_created().await?;
        self.compare_changed().await?;
        Ok(self.suspects)
    }

    async fn read_intents(&mut self) -> Result<(), Stop> {
        let Reconciler {
            store, provider, ..
        } = self.reconciler;
        let window = self.run.window_from..self.run.window_until;
        let created = Created {
            from: window.start - SKEW,
            until: Some(window.end + CREATION_DELAY),
        };
        let mut after: Option<String> = None;
        loop {
            let read = || provider.intents(created, after.as_deref());
            let page = self.reconciler.call_with_retry(read).await?;
            store.stage_intents(self.run, &page.items).await?;
            let named = page.items.iter().filter_map(|intent| intent.payment_id);
            let existing = store.existing_payments(named.collect()).await?;
            let in_window = |intent: &&Intent| window.contains(&intent.created_at);
            let inside = page.items.iter().filter(in_window);
            self.progress.add_intents(inside.clone().count());
            let without =
                inside.filter(|intent| intent.payment_id.is_none_or(|id| !existing.contains(&id)));
            let unknown = without.filter_map(|intent| unknown(intent)?.reference);
            self.suspects.intents.extend(unknown);
            after = page.next;
            if after.is_none() || self.suspects.are_too_many() {
                return Ok(());
            }
        }
    }

    /// Lists refunds up to now, because a refund may follow long after its capture.
    async fn read_refunds(&mut self) -> Result<(), Stop> {
        let Reconciler {
            store, provider, ..
        } = self.reconciler;
        let created = Created {
            from: self.run.window_from - SKEW,
            until: None,
        };
        let mut after: Option<String> = None;
        while !self.suspects.are_too_many() {
            let read = || provider.refunds(created, after.as_deref());
            let page = self.reconciler.call_with_retry(read).await?;
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            for (reference, amount) in page.items {
                let sum = sums.entry(reference).or_default();
                *sum = sum.saturating_add(amount);
            }
            for reference in store.stage_refunds(self.run, sums).await? {
                // Created before the window.
                self.compare_intent(&reference).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn compare_created(&mut self) -> Result<(), Stop> {
        let Reconciler { store, clock, .. } = self.reconciler;
        let mut after = None;
        while !self.suspects.are_too_many() {
            let ours = store.ours_created(self.run, after).await?;
            let Some(last) = ours.last() else {
                break;
            };
            after = Some((last.created_at, last.id.as_uuid()));
            let staged = store.staged(self.run, &ours).await?;
            let limit = self.reconciler.settled(clock.now());
            let settled = ours.iter().filter(|payment| payment.is_settled(limit));
            self.progress.add_payments(settled.clone().count());
            for payment in settled {
                let about_it = staged.iter().filter(|intent| payment.is_about(intent));
                let intents: Vec<Intent> = about_it.cloned().collect();
                if !compare(payment, &intents).is_empty() {
                    self.suspects.add(payment.id, &intents);
                }
            }
        }
        Ok(())
    }

    /// Older payments with a booking in the window. Their intents are not staged.
    async fn compare_changed(&mut self) -> Result<(), Stop> {
        let store = &self.reconciler.store;
        let mut after = None;
        while !self.suspects.are_too_many() {
            let (ids, next) = store.ours_changed(self.run, after).await?;
            self.progress.add_payments(ids.len());
            for id in ids {
                self.compare_payment(id).await?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Compares a payment whose intents are not staged.
    async fn compare_payment(&mut self, id: PaymentId) -> Result<(), Stop> {
        let found = self.reconciler.compare_now(id, &BTreeSet::new()).await?;
        if !found.is_empty() {
            self.suspects.add(id, &[]);
        }
        Ok(())
    }

    async fn compare_intent(&mut self, reference: &str) -> Result<(), Stop> {
        let Some(intent) = self.reconciler.intent(reference).await? else {
            return Ok(());
        };
        match intent.payment_id {
            Some(id) => self.compare_payment(id).await,
            None => {
                self.suspects.intents.insert(intent.reference);
                Ok(())
            }
        }
    }
}

impl Reconciler {
    pub(super) async fn intent(&self, reference: &str) -> Result<Option<Intent>, Stop> {
        self.call_with_retry(|| self.provider.intent(reference))
            .await
    }

    /// Calls the provider with retries, for at most the configured time.
    async fn call_with_retry<T, F>(&self, call: impl Fn() -> F) -> Result<T, Stop>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .without_max_times()
            .with_jitter()
            .build();
        let give_up_after = Duration::from_millis(self.config.give_up_after_ms);
        let started = Instant::now();
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let delay = delays.next().unwrap_or_default();
            let delay = delay.max(error.retry_after().unwrap_or_default());
            if error.needs_operator() {
                return Err(Stop::Refused(error));
            }
            if started.elapsed() + delay > give_up_after {
                let waited_s = started.elapsed().as_secs();
                return Err(Stop::ProviderUnavailable { waited_s, error });
            }
            tracing::debug!(%error, "the provider does not answer, the call is retried");
            tokio::time::sleep(delay).await;
        }
    }
}
