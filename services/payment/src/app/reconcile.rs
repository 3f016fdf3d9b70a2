//! Compares our payments with the provider's intents, on request or on a schedule.
//!
//! A reconciliation is a row. The replica that leases it reads the provider's lists, stages them in the
//! database, and compares them with our payments page by page. A suspected difference is compared again
//! on both sides before it counts. If a replica dies, its lease expires; the next replica starts over and
//! ignores what the first one staged.

mod compare;
mod confirm;
mod report;
mod schedule;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Clock;
use leases::{Next, Wake};
use persistence::Database;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::{Own, ReconciliationConfig};
use crate::domain::{Counts, Difference, NewRun, Origin, Run};
use crate::failure::Failure;
use crate::provider::{Provider, ProviderError};
use crate::store::Store;
use compare::Comparison;

pub use report::reconcile;

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time between two renewals of the lease.
const LEASE_RENEWAL_INTERVAL: Duration = Duration::from_secs(1);
/// After this many attempts without an end, the reconciliation fails.
const MAX_ATTEMPTS: i32 = 10;
/// Most differences in a report over gRPC.
const MAX_DIFFERENCES: i64 = 1_000;
/// Most suspected differences; the comparison stops there.
const MAX_SUSPECTS: usize = 10_000;

/// The error of a reconciliation with too many suspects.
const TOO_MANY: &str = "there are more than 10000 differences, so the comparison stopped: does \
                        provider.secret_key belong to the account that these payments were made with?";

/// Carries out reconciliations; any number of replicas may run it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reconciler {
    pub(super) store: Store,
    pub(super) provider: Provider,
    pub(super) clock: Clock,
    config: ReconciliationConfig,
    wake: Wake,
}

/// Why a reconciliation has no result.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("another replica has taken it over")]
    LeaseLost,
    #[error("it was started {MAX_ATTEMPTS} times and never ended; the log has the reasons")]
    TooManyAttempts,
    #[error("the provider did not answer for {waited_s} s: {error}")]
    ProviderUnavailable { waited_s: u64, error: ProviderError },
    #[error("the provider gave no usable answer: {0}")]
    Refused(ProviderError),
    #[error(transparent)]
    Database(#[from] persistence::Error),
}

/// The payments and intents compared so far.
#[derive(Default)]
struct Progress {
    payments: AtomicI64,
    intents: AtomicI64,
}

impl Progress {
    fn add_payments(&self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.payments.fetch_add(count, Ordering::Relaxed);
    }

    fn add_intents(&self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.intents.fetch_add(count, Ordering::Relaxed);
    }

    fn counts(&self) -> Counts {
        Counts {
            payments: self.payments.load(Ordering::Relaxed),
            intents: self.intents.load(Ordering::Relaxed),
        }
    }
}

impl Reconciler {
    pub(crate) fn new(config: &Own, database: Database) -> anyhow::Result<Self> {
        Ok(Self {
            store: Store::new(database),
            provider: Provider::new(&config.provider)?,
            clock: Clock::system(),
            config: config.reconciliation,
            wake: Wake::default(),
        })
    }

    /// Requests a reconciliation of the configured window. While one waits or runs, returns that one and
    /// `false`.
    pub(crate) async fn request(&self, origin: Origin) -> Result<(Run, bool), Failure> {
        let requested = self.store.request_run(self.new_run(origin)).await?;
        self.wake.wake();
        Ok(requested)
    }

    /// At most `limit` reconciliations, newest first, older than `after`.
    pub(crate) async fn list(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<Run>, Failure> {
        Ok(self.store.runs(after, limit).await?)
    }

    /// A reconciliation with its first 1,000 differences.
    pub(crate) async fn report(&self, id: Uuid) -> Result<Option<(Run, Vec<Difference>)>, Failure> {
        let Some(run) = self.store.run(id).await? else {
            return Ok(None);
        };
        let differences = self.store.differences(id, MAX_DIFFERENCES).await?;
        Ok(Some((run, differences)))
    }

    fn new_run(&self, origin: Origin) -> NewRun {
        let now = self.clock.now();
        let until = self.settled(now);
        let from = until - TimeDelta::hours(self.config.window_h.into());
        NewRun {
            origin,
            from,
            until,
            now,
        }
    }

    /// Payments that changed since this time are not compared: messages about them may be in flight.
    fn settled(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let ms = i64::try_from(self.config.settle_ms).unwrap_or(i64::MAX);
        TimeDelta::try_milliseconds(ms)
            .and_then(|settle| now.checked_sub_signed(settle))
            .unwrap_or_default()
    }

    /// Carries out requested reconciliations until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        leases::rounds(&self.wake, &stop, async || {
            match self.store.lease_run(self.config.lease_ms).await {
                Ok(Some(run)) => {
                    self.perform(&run, &stop).await;
                    Next::Now
                }
                Ok(None) => Next::Poll(Duration::from_millis(self.config.poll_ms)),
                Err(error) => {
                    tracing::debug!(%error, "cannot lease a reconciliation");
                    Next::After(PAUSE_AFTER_FAILURE)
                }
            }
        })
        .await;
    }

    async fn perform(&self, run: &Run, stop: &CancellationToken) {
        let progress = Progress::default();
        let done = tokio::select! {
            done = self.carry_out(run, &progress) => done,
            () = self.renew_lease(run, &progress) => Err(Stop::LeaseLost),
            () = stop.cancelled() => {
                if let Err(error) = self.store.release_run(run).await {
                    tracing::debug!(%error, "cannot release the reconciliation, its lease will expire");
                }
                return;
            }
        };
        let counts = progress.counts();
        let ended = match done {
            Ok((found, false)) => self.finish(run, counts, None, &found).await,
            Ok((found, true)) => self.finish(run, counts, Some(TOO_MANY), &found).await,
            Err(
                why @ (Stop::TooManyAttempts | Stop::ProviderUnavailable { .. } | Stop::Refused(_)),
            ) => self.finish(run, counts, Some(&why.to_string()), &[]).await,
            Err(stop) => Err(stop),
        };
        match ended {
            Ok(()) => {}
            Err(Stop::LeaseLost) => {
                tracing::warn!(reconciliation_id = %run.id, "another replica has taken the reconciliation over");
            }
            Err(error) => {
                tracing::warn!(reconciliation_id = %run.id, %error, "the reconciliation was interrupted and will start over");
                let _ = self.store.release_run(run).await;
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    /// The confirmed differences, and whether the comparison stopped because there were too many.
    async fn carry_out(
        &self,
        run: &Run,
        progress: &Progress,
    ) -> Result<(Vec<Difference>, bool), Stop> {
        if run.attempts > MAX_ATTEMPTS {
            return Err(Stop::TooManyAttempts);
        }
        self.store.clear_staged_by_others(run).await?;
        let suspects = Comparison::new(self, run, progress).suspects().await?;
        let is_cut_off = suspects.are_too_many();
        Ok((self.confirm(suspects).await?, is_cut_off))
    }

    async fn finish(
        &self,
        run: &Run,
        counts: Counts,
        failure: Option<&str>,
        found: &[Difference],
    ) -> Result<(), Stop> {
        let now = self.clock.now();
        let finish = self.store.finish_run(run, counts, failure, found, now);
        if !finish.await? {
            return Err(Stop::LeaseLost);
        }
        let Counts { payments, intents } = counts;
        let (from, until, differences) = (run.window_from, run.window_until, found.len());
        match failure {
            Some(error) => {
                tracing::error!(reconciliation_id = %run.id, %from, %until, payments, intents, differences, error, "reconciliation failed");
            }
            None if differences > 0 => {
                tracing::warn!(reconciliation_id = %run.id, %from, %until, payments, intents, differences, "reconciled: there are differences");
            }
            None => {
                tracing::info!(reconciliation_id = %run.id, %from, %until, payments, intents, differences, "reconciled");
            }
        }
        schedule::measure(&self.store, now).await;
        // On failure, the next reconciliation clears it.
        if let Err(error) = self.store.clear_staged(run).await {
            tracing::debug!(%error, "cannot clear the staged intents");
        }
        Ok(())
    }

    /// Renews the lease periodically; returns when another replica has taken it over.
    async fn renew_lease(&self, run: &Run, progress: &Progress) {
        loop {
            tokio::time::sleep(LEASE_RENEWAL_INTERVAL).await;
            let lease = self.config.lease_ms;
            match self.store.renew_run(run, progress.counts(), lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::debug!(%error, "cannot renew the lease"),
            }
        }
    }
}
