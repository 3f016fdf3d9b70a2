//! The worker of orphan intents: cancels intents that name a payment but are not the one it refers to.
//!
//! An orphan arises when the provider carries out a request after the search for its outcome found nothing
//! and a new key replaced it. No capture uses an orphan, but it holds the customer's money until it expires.

use std::time::Duration;

use chassis::telemetry;
use leases::{Limits, Wake};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field};

use super::App;
use crate::domain::{OrphanIntent, Remedy};
use crate::metrics::PAYMENT_ORPHAN_INTENTS;
use crate::provider::ProviderError;

impl App {
    /// Works until `shutdown`, then finishes its leased intents. Any number of replicas may run it.
    pub(crate) async fn run_orphan_intents(self, shutdown: CancellationToken) {
        let config = &self.config.lookups;
        let limits = Limits {
            concurrency: config.concurrency,
            poll: Duration::from_millis(config.poll_ms),
        };
        leases::work(
            limits,
            // Orphans are rare and not urgent, so polling suffices.
            &Wake::default(),
            &shutdown,
            |limit| self.store.lease_orphan_intents(limit, config.lease()),
            |orphan| {
                let span = span(&orphan);
                let app = self.clone();
                async move { app.resolve_orphan(orphan).await }.instrument(span)
            },
        )
        .await;
    }

    async fn resolve_orphan(&self, orphan: OrphanIntent) {
        let done = match self.provider.intent(&orphan.reference).await {
            Ok(intent) => match orphan.remedy(intent.as_ref()) {
                Remedy::Nothing => Ok(()),
                Remedy::Operator => {
                    self.report_orphan(&orphan, "an orphan intent of the payment was captured")
                        .await;
                    Ok(())
                }
                Remedy::Cancel => {
                    self.report_orphan(&orphan, "an orphan intent of the payment is canceled")
                        .await;
                    self.provider.cancel(&orphan.reference).await
                }
            },
            Err(error) => Err(error),
        };
        let saved = match done {
            Ok(()) => self.store.close_orphan_intent(&orphan).await,
            Err(error) => self.postpone_orphan(&orphan, &error).await,
        };
        if let Err(error) = saved {
            tracing::warn!(%error, "cannot save the outcome of the orphan intent, its lease will expire");
        }
    }

    /// Logs and counts each orphan once, whatever the number of attempts.
    async fn report_orphan(&self, orphan: &OrphanIntent, what: &str) {
        match self.store.report_orphan_intent(orphan).await {
            Ok(true) => {
                tracing::error!("{what}");
                PAYMENT_ORPHAN_INTENTS.inc();
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "cannot save that the orphan intent was reported"),
        }
    }

    async fn postpone_orphan(
        &self,
        orphan: &OrphanIntent,
        error: &ProviderError,
    ) -> Result<(), persistence::Error> {
        error.record();
        tracing::warn!(attempt = orphan.attempt, %error, "cannot resolve the orphan intent, it is retried");
        let delay = self.config.lookups.retry_delay(orphan.attempt);
        let error = error.to_string();
        self.store
            .postpone_orphan_intent(orphan, delay, &error)
            .await
    }
}

fn span(orphan: &OrphanIntent) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "orphan intent",
        otel.name = "cancel an orphan intent",
        otel.status_code = field::Empty,
        error.type = field::Empty,
        payment_id = %orphan.payment_id,
        order_id = %orphan.order_id,
        reference = orphan.reference,
    );
    if let Some(trace) = &orphan.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
