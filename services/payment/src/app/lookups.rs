//! The lookup worker: reads intents and refunds at the provider, after a webhook or in case one never
//! arrives, and commits what changed.

use std::sync::Arc;
use std::time::Duration;

use chassis::telemetry;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use leases::Limits;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field};

use super::{App, commit_with_retry};
use crate::config::LookupsConfig;
use crate::domain::{self, Effects, Lookup, RefundStatus, Status, Task};
use crate::failure::Failure;
use crate::metrics::PAYMENT_LOOKUPS_DUE;
use crate::provider::{Observation, ProviderError};
use crate::store::{Changes, lookups, operations, payments, refunds};

const MEASURE_EVERY: Duration = Duration::from_secs(5);

impl App {
    /// Works until `shutdown`, then finishes its leased lookups. Any number of replicas may run it.
    pub(crate) async fn run_lookups(self, shutdown: CancellationToken) {
        let config = &self.config.lookups;
        let limits = Limits {
            concurrency: config.concurrency,
            poll: Duration::from_millis(config.poll_ms),
        };
        let work = leases::work(
            limits,
            &self.lookups_due,
            &shutdown,
            |limit| self.store.lease_lookups(limit, config.lease()),
            |lookup| {
                let span = span(&lookup);
                let app = self.clone();
                async move { app.look_up(lookup).await }.instrument(span)
            },
        );
        let measure = shutdown.run_until_cancelled(self.measure_lookups());
        tokio::join!(work, measure);
    }

    async fn look_up(&self, lookup: Lookup) {
        let observation = match self.provider.look_up(&lookup).await {
            Ok(observation) => observation,
            Err(error) => return self.lookup_failed(&lookup, &error).await,
        };
        match commit_with_retry(|| self.apply_observation(&lookup, &observation)).await {
            Ok(effects) => self.committed(&effects),
            Err(Failure::Database(error)) => {
                tracing::warn!(%error, "cannot commit the result of the lookup, it is retried");
                self.postpone_lookup(&lookup, &error.to_string(), 0).await;
            }
            Err(Failure::Refused(refused)) => {
                tracing::error!(%refused, "the result of the lookup does not apply");
                self.postpone_lookup(&lookup, &refused.to_string(), 0).await;
            }
        }
    }

    /// Applies the result of a lookup. A result that is already recorded changes nothing.
    async fn apply_observation(
        &self,
        lookup: &Lookup,
        observation: &Observation,
    ) -> Result<Effects, Failure> {
        let (lookup, observation) = (lookup.clone(), observation.clone());
        let config = Arc::clone(&self.config);
        let now = self.clock.now();
        let database = &self.store.database;
        let applied = database.transaction(async move |conn| {
            apply(conn, &lookup, observation, &config.lookups, now).await
        });
        applied.await
    }

    /// A lookup is abandoned after a number of unusable answers in a row, for example because the intent does
    /// not exist. The next reconciliation reports the difference.
    async fn lookup_failed(&self, lookup: &Lookup, error: &ProviderError) {
        error.record();
        let mut unusable = lookup.unusable;
        if error.is_unusable() {
            if lookup.is_exhausted() {
                tracing::error!(%error, "the lookup is abandoned after too many unusable answers");
                if let Err(error) = self.store.close_lookup(lookup).await {
                    tracing::debug!(%error, "cannot delete the lookup, its lease will expire");
                }
                return;
            }
            unusable = unusable.saturating_add(1);
            tracing::warn!(%error, "the provider's answer to the lookup is unusable");
        } else if error.needs_operator() {
            tracing::error!(%error, "the provider refuses the lookup");
        } else {
            tracing::debug!(%error, "the lookup failed");
        }
        self.postpone_lookup(lookup, &error.to_string(), unusable)
            .await;
    }

    async fn postpone_lookup(&self, lookup: &Lookup, error: &str, unusable: i32) {
        let delay = self.config.lookups.retry_delay(lookup.attempt);
        let postponed = self.store.postpone_lookup(lookup, delay, error, unusable);
        if let Err(error) = postponed.await {
            tracing::debug!(%error, "cannot postpone the lookup, its lease will expire");
        }
    }

    async fn measure_lookups(&self) {
        loop {
            if let Ok(due) = self.store.lookups_due().await {
                PAYMENT_LOOKUPS_DUE.set(due);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

async fn apply(
    conn: &mut AsyncPgConnection,
    lookup: &Lookup,
    observation: Observation,
    config: &LookupsConfig,
    now: DateTime<Utc>,
) -> Result<Effects, Failure> {
    let payment = payments::lock_one(conn, lookup.payment_id).await?;
    let payment = payment.ok_or(persistence::Error::NotFound)?;
    let before = payment.status;
    let (decision, task, watch) = match (observation, lookup.refund_id) {
        (Observation::Refund(observed), Some(refund_id)) => {
            let refund = refunds::find(conn, refund_id).await?;
            let refund = refund.ok_or(persistence::Error::NotFound)?;
            let was_open = refund.status == RefundStatus::Requested;
            let decision =
                domain::observe_refund(payment, refund.clone(), &lookup.reference, observed);
            let refund = decision.refund.as_ref().unwrap_or(&refund);
            let watch = domain::watch_refund(refund, config.refund_watch_time(), now);
            let task = was_open.then_some(Task::Refund(refund_id));
            (decision, task, watch)
        }
        (Observation::Intent(observed), None) => {
            let decision = domain::observe(payment.clone(), &lookup.reference, observed);
            let payment = decision.payment.as_ref().unwrap_or(&payment);
            let watch = domain::watch(payment, config.authorization_age(), now);
            let task = (before == Status::Authorizing).then_some(Task::Authorize);
            (decision, task, watch)
        }
        _ => return Err(persistence::Error::NotFound.into()),
    };
    // The lookup has the outcome of the operation, so the call need not be repeated.
    if let Some(task) = task
        && decision.is_change()
    {
        let done = !decision.is_refusal();
        operations::close_observed(conn, lookup.payment_id, task, done).await?;
    }
    let mut changes = Changes::default();
    changes.add((lookup.payment_id, lookup.order_id), decision)?;
    let effects = changes.save(conn, now).await?;
    match watch {
        Some(watch) => {
            let delay = config.wait(watch, lookup.attempt);
            lookups::postpone(conn, lookup, delay, None, 0).await?;
        }
        None => lookups::close(conn, lookup).await?,
    }
    Ok(effects)
}

fn span(lookup: &Lookup) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "lookup",
        otel.name = "look up at the provider",
        otel.status_code = field::Empty,
        error.type = field::Empty,
        payment_id = %lookup.payment_id,
        order_id = %lookup.order_id,
        reference = lookup.reference,
    );
    if let Some(trace) = &lookup.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
