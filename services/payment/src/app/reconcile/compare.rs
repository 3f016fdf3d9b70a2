//! The way through one reconciliation.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::TimeDelta;
use kernel::PaymentId;

use super::{MAX_SUSPECTS, Outcome, Progress, Reconciler, Stop};
use crate::domain::{Intent, Ours, compare};
use crate::provider::{Created, ProviderError};
use crate::store::Run;

/// An intent is made after its payment, by another clock.
const SKEW: TimeDelta = TimeDelta::hours(1);
/// While the provider is away, intents are made long after their payments.
const LATE: TimeDelta = TimeDelta::hours(24);

/// What must be looked at again before it counts.
#[derive(Default)]
pub(super) struct Suspects {
    /// Payments, with the intents that name them.
    pub(super) payments: BTreeMap<PaymentId, BTreeSet<String>>,
    /// Intents of no payment of ours.
    pub(super) intents: BTreeSet<String>,
}

impl Suspects {
    fn are_too_many(&self) -> bool {
        self.payments.len() + self.intents.len() > MAX_SUSPECTS
    }

    fn add(&mut self, id: PaymentId, intents: &[Intent]) {
        let references = self.payments.entry(id).or_default();
        references.extend(intents.iter().map(|intent| intent.reference.clone()));
    }
}

impl Reconciler {
    /// Reads both sides and compares them.
    pub(super) async fn compare(&self, run: &Run, progress: &Progress) -> Result<Outcome, Stop> {
        self.store.clear_staged_by_others(run).await?;
        let mut suspects = Suspects::default();
        self.read_intents(run, progress, &mut suspects).await?;
        self.read_refunds(run, &mut suspects).await?;
        self.compare_made(run, progress, &mut suspects).await?;
        self.compare_changed(run, progress, &mut suspects).await?;
        let cut_off = suspects.are_too_many();
        let found = self.look_again(suspects).await?;
        Ok(Outcome { found, cut_off })
    }

    async fn read_intents(
        &self,
        run: &Run,
        progress: &Progress,
        suspects: &mut Suspects,
    ) -> Result<(), Stop> {
        let created = Created {
            from: run.from - SKEW,
            until: Some(run.until + LATE),
        };
        let mut after: Option<String> = None;
        loop {
            let page = self
                .patiently(|| self.provider.intents(created, after.as_deref()))
                .await?;
            self.store.stage_intents(run, &page.items).await?;
            let named = page.items.iter().filter_map(|intent| intent.payment_id);
            let known = self.store.known(named.collect()).await?;
            let in_window = |intent: &&Intent| (run.from..run.until).contains(&intent.created_at);
            let inside = page.items.iter().filter(in_window);
            progress.add_intents(inside.clone().count());
            let unknown =
                inside.filter(|intent| intent.payment_id.is_none_or(|id| !known.contains(&id)));
            suspects
                .intents
                .extend(unknown.map(|intent| intent.reference.clone()));
            after = page.next;
            if after.is_none() || suspects.are_too_many() {
                return Ok(());
            }
        }
    }

    /// Refunds are listed until now: money may go back long after it was taken.
    async fn read_refunds(&self, run: &Run, suspects: &mut Suspects) -> Result<(), Stop> {
        let created = Created {
            from: run.from - SKEW,
            until: None,
        };
        let mut after: Option<String> = None;
        while !suspects.are_too_many() {
            let page = self
                .patiently(|| self.provider.refunds(created, after.as_deref()))
                .await?;
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            for refund in page.items {
                let sum = sums.entry(refund.reference).or_default();
                *sum = sum.saturating_add(refund.amount);
            }
            for reference in self.store.stage_refunds(run, &sums).await? {
                // Taken before the window.
                self.look_at_intent(&reference, suspects).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn compare_made(
        &self,
        run: &Run,
        progress: &Progress,
        suspects: &mut Suspects,
    ) -> Result<(), Stop> {
        let mut after = None;
        while !suspects.are_too_many() {
            let ours = self.store.ours_made(run, after).await?;
            let Some(last) = ours.last() else {
                break;
            };
            after = Some((last.created_at, last.id.as_uuid()));
            let staged = self.store.staged(run, &ours).await?;
            let limit = self.settled(self.clock.now());
            let settled = ours.iter().filter(|payment| payment.is_settled(limit));
            progress.add_payments(settled.clone().count());
            let intents = Staged::new(&staged);
            for payment in settled {
                let of_it = intents.of(payment);
                if !compare(payment, &of_it).is_empty() {
                    suspects.add(payment.id, &of_it);
                }
            }
        }
        Ok(())
    }

    /// Older payments that changed in the window: their intents are not staged.
    async fn compare_changed(
        &self,
        run: &Run,
        progress: &Progress,
        suspects: &mut Suspects,
    ) -> Result<(), Stop> {
        let mut after = None;
        while !suspects.are_too_many() {
            let (ids, next) = self.store.ours_changed(run, after).await?;
            progress.add_payments(ids.len());
            for id in ids {
                self.look_at_payment(id, suspects).await?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Looks at a payment whose intents are not staged.
    async fn look_at_payment(&self, id: PaymentId, suspects: &mut Suspects) -> Result<(), Stop> {
        let found = self.look(id, &BTreeSet::new()).await?;
        if !found.is_empty() {
            suspects.add(id, &[]);
        }
        Ok(())
    }

    async fn look_at_intent(&self, reference: &str, suspects: &mut Suspects) -> Result<(), Stop> {
        let Some(intent) = self.intent(reference).await? else {
            return Ok(());
        };
        match intent.payment_id {
            Some(id) => self.look_at_payment(id, suspects).await,
            None => {
                suspects.intents.insert(intent.reference);
                Ok(())
            }
        }
    }

    pub(super) async fn intent(&self, reference: &str) -> Result<Option<Intent>, Stop> {
        self.patiently(|| self.provider.intent(reference)).await
    }

    /// Asks the provider until it answers, or has not for so long that it makes no sense.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Stop>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .without_max_times()
            .with_jitter()
            .build();
        let patience = Duration::from_millis(self.config.patience_ms);
        let started = Instant::now();
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let delay = delays.next().unwrap_or_default();
            let delay = delay.max(error.retry_after().unwrap_or_default());
            if error.needs_a_person() {
                return Err(Stop::Refused(error));
            }
            if started.elapsed() + delay > patience {
                let waited_s = started.elapsed().as_secs();
                return Err(Stop::Away { waited_s, error });
            }
            tracing::debug!(%error, "the provider does not list, asking again");
            tokio::time::sleep(delay).await;
        }
    }
}

/// Staged intents, by what leads to them.
struct Staged<'a> {
    by_payment: HashMap<PaymentId, Vec<&'a Intent>>,
    by_reference: HashMap<&'a str, &'a Intent>,
}

impl<'a> Staged<'a> {
    fn new(staged: &'a [Intent]) -> Self {
        let mut by_payment: HashMap<_, Vec<_>> = HashMap::new();
        for intent in staged {
            if let Some(id) = intent.payment_id {
                by_payment.entry(id).or_default().push(intent);
            }
        }
        let by_reference = staged.iter().map(|one| (one.reference.as_str(), one));
        Self {
            by_payment,
            by_reference: by_reference.collect(),
        }
    }

    fn of(&self, payment: &Ours) -> Vec<Intent> {
        let mut intents: Vec<Intent> = Vec::new();
        let naming = self.by_payment.get(&payment.id).into_iter().flatten();
        intents.extend(naming.map(|intent| (*intent).clone()));
        let named = payment.reference.as_deref();
        let named = named.and_then(|reference| self.by_reference.get(reference));
        if let Some(intent) = named
            && !intents.iter().any(|one| one.reference == intent.reference)
        {
            intents.push((*intent).clone());
        }
        intents
    }
}
