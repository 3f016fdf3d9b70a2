//! The operation worker: calls the provider for operations that are due and commits its answers.
//!
//! A worker leases an operation, calls the provider under a deadline with an idempotency key, and
//! commits the answer. No transaction is open during the call. Without a definite answer, the next
//! attempt repeats the call with the same key, so all attempts have one effect. After an unusable answer,
//! the worker first searches the provider for the outcome of the earlier calls. If the key is spent or may
//! have expired, the search must succeed before the next call. A new key is used only when the
//! provider definitely has not acted, and only after the new key is saved.

use std::time::Duration;

use chassis::telemetry;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use instruments::LabelType;
use leases::Limits;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field};

use super::{App, commit_with_retry};
use crate::domain::{self, Answer, Effects, Operation, Payment, Task};
use crate::failure::Failure;
use crate::metrics::{
    PAYMENT_INCIDENTS, PAYMENT_OPERATION, PAYMENT_OPERATIONS_OLDEST, PAYMENT_OPERATIONS_PENDING,
    PAYMENT_UNKNOWN_OUTCOMES, Resolved,
};
use crate::provider::ProviderError;
use crate::store::{Changes, lookups, operations, orphan_intents, payments, refunds};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// An operation whose answer cannot be applied needs an operator, so it is retried slowly.
const NOT_APPLICABLE_DELAY: Duration = Duration::from_secs(60);

impl App {
    /// Works until `shutdown`, then finishes its leased operations. Any number of replicas may run it.
    pub(crate) async fn run_operations(self, shutdown: CancellationToken) {
        let config = &self.config.worker;
        let limits = Limits {
            concurrency: config.concurrency,
            poll: Duration::from_millis(config.poll_ms),
        };
        let work = leases::work(
            limits,
            &self.operations_due,
            &shutdown,
            |limit| self.store.lease_operations(limit, config.lease()),
            |operation| {
                let span = span(&operation);
                let app = self.clone();
                async move { app.perform(operation).await }.instrument(span)
            },
        );
        let measure = shutdown.run_until_cancelled(self.measure_operations());
        tokio::join!(work, measure);
    }

    async fn perform(&self, mut operation: Operation) {
        let now = self.clock.now();
        if operation.searches_first(now) {
            let extend_lease = || self.extend_lease(&operation);
            match self.provider.search(&operation, extend_lease).await {
                Ok(Some(answer)) => {
                    resolved(&operation, Resolved::Adopted);
                    return self.settle(&operation, &answer).await;
                }
                Ok(None) if operation.key_spent => match self.store.renew_key(&operation).await {
                    Ok(true) => {
                        resolved(&operation, Resolved::NewKey);
                        operation.key_number += 1;
                        operation.key_spent = false;
                        operation.has_unusable_answer = false;
                    }
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(%error, "cannot save a new idempotency key");
                        return;
                    }
                },
                Ok(None) => {
                    resolved(&operation, Resolved::SameKey);
                    operation.has_unusable_answer = false;
                }
                Err(error) if operation.must_search(now) => {
                    return self.retry_later(&operation, &error).await;
                }
                // The key is still valid, so repeating the call is safe without a search.
                Err(error) => tracing::debug!(%error, "cannot search for a lost answer"),
            }
        }
        match self.provider.perform(&operation).await {
            Ok(answer) => self.settle(&operation, &answer).await,
            Err(error) => {
                operation.has_unusable_answer |= error.is_unusable();
                self.retry_later(&operation, &error).await;
            }
        }
    }

    /// Extends the lease during a long search; false when another worker has leased the operation, or the
    /// database failed.
    async fn extend_lease(&self, operation: &Operation) -> bool {
        let lease = self.config.worker.lease();
        let extended = self.store.extend_operation(operation, lease).await;
        extended.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot extend the lease of the operation during the search");
            false
        })
    }

    /// Commits an answer. If the database fails for longer than the retries last, the lease expires, and the
    /// provider replays the answer to the next attempt.
    async fn settle(&self, operation: &Operation, answer: &Answer) {
        match commit_with_retry(|| self.apply_answer(operation, answer)).await {
            Ok(Some(effects)) => {
                let took = self.clock.now() - operation.created_at;
                PAYMENT_OPERATION
                    .of(operation.task)
                    .observe(took.to_std().unwrap_or_default());
                if let Answer::Rejected { code, .. } = answer {
                    PAYMENT_INCIDENTS.of((operation.task, code.as_str())).inc();
                    tracing::error!(
                        code,
                        "the payment request is rejected, it is not repeated; see operations.last_error"
                    );
                }
                self.committed(&effects);
            }
            Ok(None) => tracing::debug!("another worker has applied the same answer"),
            Err(Failure::Database(error)) => {
                tracing::warn!(%error, "cannot commit the provider's answer, it is retried");
            }
            Err(Failure::Refused(refused)) => {
                tracing::error!(%refused, answer = answer.name(), "the provider's answer does not apply");
                let text = refused.to_string();
                self.postpone_operation(operation, NOT_APPLICABLE_DELAY, &text, false)
                    .await;
            }
        }
    }

    /// Applies an answer once; `None` when another worker has applied it.
    async fn apply_answer(
        &self,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<Option<Effects>, Failure> {
        let (operation, answer) = (operation.clone(), answer.clone());
        let first_wait = self.config.lookups.first_wait();
        let now = self.clock.now();
        let database = &self.store.database;
        let applied = database
            .transaction(async move |conn| apply(conn, &operation, answer, first_wait, now).await);
        applied.await
    }

    async fn retry_later(&self, operation: &Operation, error: &ProviderError) {
        error.record();
        let delay = self.delay(operation.attempt, error.retry_after());
        let (attempt, delay_ms) = (operation.attempt, delay.as_millis());
        if error.needs_operator() {
            tracing::error!(attempt, delay_ms, %error, "the provider's answer is unusable");
        } else {
            tracing::warn!(attempt, delay_ms, %error, "the provider gave no answer");
        }
        let (text, key_spent) = (error.to_string(), error.spends_key());
        self.postpone_operation(operation, delay, &text, key_spent)
            .await;
    }

    async fn postpone_operation(
        &self,
        operation: &Operation,
        delay: Duration,
        error: &str,
        key_spent: bool,
    ) {
        let postponed = self
            .store
            .postpone_operation(operation, delay, error, key_spent);
        if let Err(error) = postponed.await {
            tracing::warn!(%error, "cannot postpone the operation, its lease will expire");
        }
    }

    /// Grows with each attempt, and respects the provider's `Retry-After`.
    fn delay(&self, attempt: i32, retry_after: Option<Duration>) -> Duration {
        let config = &self.config.worker;
        let longest = Duration::from_millis(config.max_delay_ms);
        let first = Duration::from_millis(config.first_delay_ms);
        let delay = leases::backoff(first, longest, attempt);
        delay.max(retry_after.unwrap_or_default().min(longest))
    }

    async fn measure_operations(&self) {
        loop {
            if let Ok(pending) = self.store.pending_operations().await {
                PAYMENT_OPERATIONS_PENDING.set(pending.count);
                PAYMENT_OPERATIONS_OLDEST.set(pending.oldest_seconds);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

async fn apply(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    answer: Answer,
    first_wait: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Effects>, Failure> {
    let id = operation.payment_id;
    let payment = payments::lock_one(conn, id).await?;
    if !operations::close(conn, operation, &answer).await? {
        check_late_answer(conn, payment, operation.task, &answer).await?;
        return Ok(None);
    }
    let payment = payment.ok_or(persistence::Error::NotFound)?;
    let refund = match operation.task {
        Task::Refund(id) => refunds::find(conn, id).await?,
        _ => None,
    };
    let decision = domain::settle(payment, refund, operation.task, answer)?;
    let watched = domain::first_watch(&decision);
    let mut changes = Changes::default();
    changes.add((id, operation.order_id), decision)?;
    let effects = changes.save(conn, now).await?;
    if let Some((refund_id, reference)) = watched {
        // The webhook may be lost.
        lookups::schedule(conn, id, refund_id, &reference, first_wait).await?;
    }
    Ok(Some(effects))
}

/// Schedules a check of the intent that a late answer names: the authorization already has an outcome, so
/// this may be a second intent.
async fn check_late_answer(
    conn: &mut AsyncPgConnection,
    payment: Option<Payment>,
    task: Task,
    answer: &Answer,
) -> Result<(), persistence::Error> {
    let (Answer::Done { reference } | Answer::ActionRequired { reference, .. }) = answer else {
        return Ok(());
    };
    let (Some(payment), Task::Authorize) = (payment, task) else {
        return Ok(());
    };
    match payment.reference {
        Some(known) if known == *reference => Ok(()),
        Some(_) => orphan_intents::schedule(conn, payment.id, reference).await,
        None => lookups::schedule(conn, payment.id, None, reference, Duration::ZERO).await,
    }
}

fn resolved(operation: &Operation, how: Resolved) {
    tracing::info!(
        how = Resolved::text(how),
        attempt = operation.attempt,
        "searched for a lost answer"
    );
    PAYMENT_UNKNOWN_OUTCOMES.of((operation.task, how)).inc();
}

/// A child of the span of the command that caused the operation.
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
