//! Asks the provider for what is owed, and commits its answers.
//!
//! An operation is leased, asked for under a deadline with an idempotency key, and its answer
//! committed. No transaction is open meanwhile. Without a definite answer it is asked for again with
//! the same key, by whoever comes next, which makes all of that one call in effect. After an answer
//! that cannot be used, the provider is first asked what became of the tries; it must answer when the
//! key is spent or may be forgotten. A new key is used only when it definitely has not acted, and only
//! after the key was written down.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use chassis::telemetry;
use instruments::payment::{
    PAYMENT_OPERATION, PAYMENT_OPERATIONS_OLDEST, PAYMENT_OPERATIONS_PENDING,
    PAYMENT_UNKNOWN_OUTCOMES,
};
use kernel::Clock;
use outbox::Outbox;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field};

use crate::business;
use crate::config::{LookupsConfig, WorkerConfig};
use crate::domain::{Answer, Operation};
use crate::failure::Failure;
use crate::pool::{self, Limits, Wake};
use crate::provider::{Provider, Trouble};
use crate::store::{Finished, Store};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// An operation whose answer cannot be applied waits for a person; no need to hurry.
const NOT_APPLICABLE_DELAY_MS: u64 = 60_000;

/// The worker of a process; any number of replicas may run at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) config: WorkerConfig,
    pub(crate) lookups: LookupsConfig,
    pub(crate) wake: Wake,
}

impl Worker {
    /// Works until `shutdown`, then finishes what it is at.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let limits = Limits {
            concurrency: self.config.concurrency,
            poll: Duration::from_millis(self.config.poll_ms),
        };
        let work = pool::work(
            limits,
            &self.wake,
            &shutdown,
            |limit| self.store.lease(limit, self.config.lease_ms),
            |operation| {
                let span = span(&operation);
                let worker = self.clone();
                async move { worker.perform(operation).await }.instrument(span)
            },
        );
        let measure = shutdown.run_until_cancelled(self.measure());
        tokio::join!(work, measure);
    }

    async fn perform(&self, mut operation: Operation) {
        let now = self.clock.now();
        if operation.looks_first(now) {
            match self
                .provider
                .find(&operation, || self.keep(&operation))
                .await
            {
                Ok(Some(answer)) => {
                    resolved(&operation, "adopted");
                    return self.finish(&operation, &answer).await;
                }
                Ok(None) if operation.key_spent => match self.store.renew_key(&operation).await {
                    Ok(true) => {
                        resolved(&operation, "new_key");
                        operation.key_number += 1;
                        operation.key_spent = false;
                        operation.unclear = false;
                    }
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(%error, "cannot take a new key into use");
                        return;
                    }
                },
                Ok(None) => {
                    resolved(&operation, "same_key");
                    operation.unclear = false;
                }
                Err(trouble) if operation.must_look(now) => {
                    return self.put_off(&operation, &trouble).await;
                }
                // The key is as good as at the first try.
                Err(trouble) => tracing::debug!(%trouble, "cannot look for lost answers"),
            }
        }
        match self.provider.perform(&operation).await {
            Ok(answer) => self.finish(&operation, &answer).await,
            Err(trouble) => {
                operation.unclear |= trouble.is_unclear();
                self.put_off(&operation, &trouble).await;
            }
        }
    }

    /// Keeps the operation during a long search; false when it is another worker's, or may be soon.
    async fn keep(&self, operation: &Operation) -> bool {
        match self.store.keep(operation, self.config.lease_ms).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "cannot keep the operation during the search");
                false
            }
        }
    }

    /// Commits an answer. A database that stumbles just now is asked a few more times; after that
    /// the lease runs out, and the provider will say the same again.
    async fn finish(&self, operation: &Operation, answer: &Answer) {
        let finish = || {
            let now = self.clock.now();
            self.store.finish(operation, answer, &self.lookups, now)
        };
        match stubbornly(finish).await {
            Ok(Finished::Applied { replies, asked }) => {
                let took = self.clock.now() - operation.created_at;
                PAYMENT_OPERATION
                    .of([operation.task.name()])
                    .observe(took.to_std().unwrap_or_default());
                if !replies.is_empty() {
                    self.outbox.wake();
                    business::count(&replies);
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
                tracing::error!(%refused, answer = answer.name(), "the provider's answer does not apply");
                let text = refused.to_string();
                self.postpone(operation, NOT_APPLICABLE_DELAY_MS, &text, false)
                    .await;
            }
        }
    }

    async fn put_off(&self, operation: &Operation, trouble: &Trouble) {
        trouble.note();
        let delay_ms = self.delay_ms(operation.attempt, trouble.retry_after());
        let attempt = operation.attempt;
        if trouble.needs_a_person() {
            tracing::error!(attempt, delay_ms, %trouble, "the provider gave no usable answer");
        } else {
            tracing::warn!(attempt, delay_ms, %trouble, "the provider gave no answer");
        }
        let text = trouble.to_string();
        self.postpone(operation, delay_ms, &text, trouble.spends_the_key())
            .await;
    }

    async fn postpone(&self, operation: &Operation, delay_ms: u64, error: &str, key_spent: bool) {
        let postponed = self.store.postpone(operation, delay_ms, error, key_spent);
        if let Err(error) = postponed.await {
            tracing::warn!(%error, "cannot postpone the operation, its lease will run out");
        }
    }

    /// Longer with each try, and not before the provider wants to be asked.
    fn delay_ms(&self, attempt: i32, retry_after: Option<Duration>) -> u64 {
        let longest_ms = self.config.max_delay_ms;
        let delay_ms = pool::backoff_ms(self.config.first_delay_ms, longest_ms, attempt);
        let asked_ms = retry_after.map_or(0, |delay| delay.as_secs().saturating_mul(1_000));
        delay_ms.max(asked_ms.min(longest_ms))
    }

    async fn measure(&self) {
        loop {
            if let Ok(pending) = self.store.pending().await {
                PAYMENT_OPERATIONS_PENDING.set(pending.count);
                PAYMENT_OPERATIONS_OLDEST.set(pending.oldest_seconds);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

/// Tries a commit a few more times while the database stumbles.
pub(crate) async fn stubbornly<F, Fut>(commit: F) -> Result<Finished, Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Finished, Failure>>,
{
    let tries = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_times(5)
        .with_jitter();
    commit
        .retry(tries)
        .when(|error| matches!(error, Failure::Database(error) if error.is_transient()))
        .await
}

/// How an unknown outcome became known, or why it may be asked for again.
fn resolved(operation: &Operation, how: &'static str) {
    let task = operation.task.name();
    tracing::info!(how, attempt = operation.attempt, "looked for lost answers");
    PAYMENT_UNKNOWN_OUTCOMES.of([task, how]).inc();
}

/// A span below the command that asked for the operation.
fn span(operation: &Operation) -> Span {
    let task = operation.task.name();
    let span = tracing::info_span!(
        parent: None,
        "provider",
        otel.name = format!("provider {task}"),
        otel.status_code = field::Empty,
        error.type = field::Empty,
        operation = task,
        operation_id = %operation.id,
        payment_id = %operation.payment_id,
        order_id = %operation.order_id,
        attempt = operation.attempt,
    );
    if let Some(trace) = &operation.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
