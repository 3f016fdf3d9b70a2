//! Looks things up at the provider that it told of, or that wait for news that may never be told,
//! and commits what is new.

use std::time::Duration;

use chassis::telemetry;
use instruments::payment::PAYMENT_LOOKUPS_DUE;
use kernel::Clock;
use outbox::Outbox;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use crate::business;
use crate::config::LookupsConfig;
use crate::domain::Lookup;
use crate::failure::Failure;
use crate::pool::{self, Limits, Wake};
use crate::provider::{Provider, Trouble};
use crate::store::{Finished, Store};
use crate::worker::stubbornly;

const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// The looker of a process; any number of replicas may run at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Looker {
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) config: LookupsConfig,
    /// Woken when an event was taken in.
    pub(crate) wake: Wake,
    /// Wakes the worker, for what a look has shown to be done.
    pub(crate) worker: Wake,
}

impl Looker {
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
            |limit| self.store.lease_lookups(limit, self.config.lease_ms),
            |lookup: Lookup| {
                let span = tracing::info_span!(
                    parent: None,
                    "lookup",
                    otel.name = "look at the provider",
                    otel.status_code = field::Empty,
                    error.type = field::Empty,
                    payment_id = %lookup.payment_id,
                    order_id = %lookup.order_id,
                    reference = lookup.reference,
                );
                if let Some(trace) = &lookup.trace {
                    telemetry::set_parent(&span, trace);
                }
                let looker = self.clone();
                async move { looker.perform(lookup).await }.instrument(span)
            },
        );
        let measure = shutdown.run_until_cancelled(self.measure());
        tokio::join!(work, measure);
    }

    async fn perform(&self, lookup: Lookup) {
        let look = match self.provider.look(&lookup).await {
            Ok(look) => look,
            Err(trouble) => {
                return self.had_trouble(&lookup, &trouble).await;
            }
        };
        let observe = || {
            let now = self.clock.now();
            self.store.observe(&lookup, &look, &self.config, now)
        };
        match stubbornly(observe).await {
            Ok(Finished::Applied { replies, asked }) => {
                if !replies.is_empty() {
                    self.outbox.wake();
                    business::count(&replies);
                }
                if asked.is_some() {
                    self.worker.wake();
                }
            }
            Ok(Finished::Before) => {}
            Err(Failure::Database(error)) => {
                tracing::warn!(%error, "cannot commit what a look has shown, looking again later");
                self.put_off(&lookup, &error.to_string(), 0).await;
            }
            Err(Failure::Refused(refused)) => {
                tracing::error!(%refused, "what a look has shown does not apply");
                self.put_off(&lookup, &refused.to_string(), 0).await;
            }
        }
    }

    /// What cannot be used again and again, as of an intent that is not there, never will be: the look
    /// is given up, and the next reconciliation says what does not agree.
    async fn had_trouble(&self, lookup: &Lookup, trouble: &Trouble) {
        trouble.note();
        let mut unusable = lookup.unusable;
        if trouble.is_unclear() {
            if lookup.is_vain() {
                tracing::error!(%trouble, "looks at the provider show nothing usable, given up");
                if let Err(error) = self.store.give_up(lookup).await {
                    tracing::debug!(%error, "cannot give the lookup up, its lease will run out");
                }
                return;
            }
            unusable = unusable.saturating_add(1);
            tracing::warn!(%trouble, "the look at the provider shows nothing usable");
        } else if trouble.needs_a_person() {
            tracing::error!(%trouble, "the provider does not let us look");
        } else {
            tracing::debug!(%trouble, "cannot look at the provider now");
        }
        self.put_off(lookup, &trouble.to_string(), unusable).await;
    }

    async fn put_off(&self, lookup: &Lookup, error: &str, unusable: i32) {
        let delay_ms = self.config.retry_ms(lookup.attempt);
        let put_off = self.store.put_off(lookup, delay_ms, error, unusable);
        if let Err(error) = put_off.await {
            tracing::debug!(%error, "cannot put the lookup off, its lease will run out");
        }
    }

    async fn measure(&self) {
        loop {
            if let Ok(due) = self.store.lookups_due().await {
                PAYMENT_LOOKUPS_DUE.set(due);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}
