//! Asks the provider for what is owed, and commits its answers.
//!
//! An operation is leased, asked for under a deadline with its id as the idempotency key, and its
//! answer committed. No transaction is open meanwhile. Without a definite answer it is asked for
//! again, by whoever comes next, and the key makes all of that one call in effect.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use chassis::telemetry;
use kernel::Clock;
use outbox::Outbox;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use crate::config::WorkerConfig;
use crate::domain::{Answer, Operation, Reply};
use crate::failure::Failure;
use crate::provider::{Provider, Trouble};
use crate::store::{Finished, Store};

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// An operation whose answer cannot be applied waits for a person; no need to hurry.
const NOT_APPLICABLE_DELAY_MS: u64 = 60_000;

/// Wakes the worker of this process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    /// Tells that an operation was committed. Never blocks; for nothing it is harmless.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// The worker of a process; any number of replicas may run at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) config: WorkerConfig,
    pub(crate) wake: Wake,
}

impl Worker {
    /// Works until `shutdown`, then finishes what it is at.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let measure = shutdown.run_until_cancelled(self.measure());
        let work = self.work(&shutdown);
        tokio::join!(work, measure);
    }

    async fn work(&self, shutdown: &CancellationToken) {
        let room = Arc::new(Semaphore::new(self.config.concurrency));
        let running = TaskTracker::new();
        while let Some(places) = shutdown.run_until_cancelled(places(&room)).await {
            let wanted = places.len();
            let leased = match self.store.lease(wanted, self.config.lease_ms).await {
                Ok(leased) => leased,
                Err(error) => {
                    tracing::debug!(%error, "cannot look for operations");
                    drop(places);
                    let pause = tokio::time::sleep(PAUSE_AFTER_FAILURE);
                    shutdown.run_until_cancelled(pause).await;
                    continue;
                }
            };
            let all = leased.len() < wanted;
            for (operation, place) in leased.into_iter().zip(places) {
                let worker = self.clone();
                let span = span(&operation);
                running.spawn(
                    async move {
                        worker.perform(&operation).await;
                        drop(place);
                    }
                    .instrument(span),
                );
            }
            if all {
                let poll = Duration::from_millis(self.config.poll_ms);
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = self.wake.0.notified() => {}
                    () = tokio::time::sleep(poll) => {}
                }
            }
        }
        running.close();
        running.wait().await;
    }

    async fn perform(&self, operation: &Operation) {
        match self.provider.perform(operation).await {
            Ok(answer) => self.finish(operation, &answer).await,
            Err(trouble) => self.put_off(operation, &trouble).await,
        }
    }

    /// Commits an answer. A database that stumbles just now is asked a few more times; after that
    /// the lease runs out, and the provider will say the same again.
    async fn finish(&self, operation: &Operation, answer: &Answer) {
        let tries = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_times(5)
            .with_jitter();
        let finished = (|| self.store.finish(operation, answer, self.clock.now()))
            .retry(tries)
            .when(|error| matches!(error, Failure::Database(error) if error.is_transient()))
            .await;
        match finished {
            Ok(Finished::Applied { reply, asked }) => {
                if let Some(reply) = &reply {
                    self.outbox.wake();
                    count(reply);
                }
                if asked.is_some() {
                    self.wake.wake();
                }
            }
            Ok(Finished::Before) => {
                tracing::debug!("another worker has applied the same answer");
            }
            Err(Failure::Database(error)) => {
                tracing::warn!(%error, "cannot commit the provider's answer, asking again later");
            }
            Err(Failure::Refused(refused)) => {
                tracing::error!(%refused, ?answer, "the provider's answer does not apply");
                let text = refused.to_string();
                self.postpone(operation, NOT_APPLICABLE_DELAY_MS, &text)
                    .await;
            }
        }
    }

    async fn put_off(&self, operation: &Operation, trouble: &Trouble) {
        let delay_ms = self.delay_ms(operation.attempt, trouble.retry_after());
        let attempt = operation.attempt;
        if trouble.needs_a_person() {
            tracing::error!(attempt, delay_ms, %trouble, "the provider gave no usable answer");
        } else {
            tracing::warn!(attempt, delay_ms, %trouble, "the provider gave no answer");
        }
        self.postpone(operation, delay_ms, &trouble.to_string())
            .await;
    }

    async fn postpone(&self, operation: &Operation, delay_ms: u64, error: &str) {
        if let Err(error) = self.store.postpone(operation, delay_ms, error).await {
            tracing::warn!(%error, "cannot postpone the operation, its lease will run out");
        }
    }

    /// Twice as long with each try, between a half and the whole of it by chance, and not before
    /// the provider wants to be asked.
    fn delay_ms(&self, attempt: i32, retry_after: Option<Duration>) -> u64 {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
        let longest = self
            .config
            .first_delay_ms
            .saturating_mul(2_u64.saturating_pow(doublings))
            .clamp(1, self.config.max_delay_ms.max(1));
        let delay = rand::random_range(longest.div_ceil(2)..=longest);
        let asked = retry_after.map_or(0, |delay| delay.as_secs().saturating_mul(1_000));
        delay.max(asked.min(self.config.max_delay_ms))
    }

    async fn measure(&self) {
        loop {
            if let Ok(pending) = self.store.pending().await {
                let pending = u32::try_from(pending).unwrap_or(u32::MAX);
                metrics::gauge!("payment_operations_pending").set(pending);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

/// Waits for a free place, and takes every other free one as well.
async fn places(room: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut places: Vec<_> = Arc::clone(room).acquire_owned().await.into_iter().collect();
    while let Ok(place) = Arc::clone(room).try_acquire_owned() {
        places.push(place);
    }
    places
}

/// A span below the command that asked for the operation.
fn span(operation: &Operation) -> Span {
    let task = operation.task.name();
    let span = tracing::info_span!(
        "provider",
        otel.name = format!("provider {task}"),
        otel.kind = "client",
        operation = task,
        operation_id = %operation.id,
        payment_id = %operation.payment_id,
        order_id = %operation.order_id,
    );
    if let Some(traceparent) = &operation.traceparent {
        telemetry::set_parent(&span, traceparent);
    }
    span
}

/// Business metrics: what became of payments, and of how much money.
fn count(reply: &Reply) {
    let (outcome, code, amount) = match reply {
        Reply::Authorized(reply) => ("authorized", None, Some(reply.amount)),
        Reply::Declined(reply) => ("declined", Some(reply.code.clone()), None),
        Reply::Voided(_) => ("voided", None, None),
        Reply::Captured(reply) => ("captured", None, Some(reply.amount)),
        Reply::CaptureFailed(reply) => ("capture_failed", Some(reply.code.clone()), None),
        Reply::Refunded(reply) => ("refunded", None, Some(reply.amount)),
        Reply::RefundFailed(reply) => ("refund_failed", Some(reply.code.clone()), None),
    };
    let code = code.unwrap_or_default();
    metrics::counter!("payments_total", "outcome" => outcome, "code" => code).increment(1);
    if let Some(amount) = amount
        && let Ok(minor_units) = u64::try_from(amount.minor_units())
    {
        let currency = amount.currency().code();
        metrics::counter!(
            "payments_minor_units_total", "outcome" => outcome, "currency" => currency
        )
        .increment(minor_units);
    }
}
