//! Cancels intents at the provider that name a payment and are not its own. They come to be when the
//! provider carries out a request late that it had definitely not carried out before, so that another
//! was made. Nobody captures them, but they hold a customer's money until they run out.

use std::time::Duration;

use chassis::telemetry;
use instruments::payment::PAYMENT_STRAY_INTENTS;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use crate::config::LookupsConfig;
use crate::domain::{Remedy, Stray};
use crate::pool::{self, Limits, Wake};
use crate::provider::{Provider, Trouble};
use crate::store::Store;

/// What looks after the strays of a process; any number of replicas may run at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Strays {
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) config: LookupsConfig,
}

impl Strays {
    /// Works until `shutdown`, then finishes what it is at.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let limits = Limits {
            concurrency: self.config.concurrency,
            poll: Duration::from_millis(self.config.poll_ms),
        };
        pool::work(
            limits,
            // They are rare and in no hurry.
            &Wake::default(),
            &shutdown,
            |limit| self.store.lease_strays(limit, self.config.lease_ms),
            |stray: Stray| {
                let span = tracing::info_span!(
                    parent: None,
                    "stray",
                    otel.name = "see to a stray",
                    otel.status_code = field::Empty,
                    error.type = field::Empty,
                    payment_id = %stray.payment_id,
                    order_id = %stray.order_id,
                    reference = stray.reference,
                );
                if let Some(trace) = &stray.trace {
                    telemetry::set_parent(&span, trace);
                }
                let strays = self.clone();
                async move { strays.perform(stray).await }.instrument(span)
            },
        )
        .await;
    }

    async fn perform(&self, stray: Stray) {
        let done = match self.provider.intent(&stray.reference).await {
            Ok(intent) => match stray.remedy(intent.as_ref()) {
                Remedy::Nothing => Ok(()),
                Remedy::Person => {
                    self.report(&stray, "a second intent of the payment has taken money")
                        .await;
                    Ok(())
                }
                Remedy::Cancel => {
                    self.report(&stray, "a second intent of the payment is canceled")
                        .await;
                    self.provider.cancel(&stray.reference).await
                }
            },
            Err(trouble) => Err(trouble),
        };
        let noted = match done {
            Ok(()) => self.store.close_stray(&stray).await,
            Err(trouble) => self.put_off(&stray, &trouble).await,
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "cannot note what became of the stray, its lease will run out");
        }
    }

    /// Once for each, however often it is tried.
    async fn report(&self, stray: &Stray, what: &str) {
        match self.store.report_stray(stray).await {
            Ok(true) => {
                tracing::error!("{what}");
                PAYMENT_STRAY_INTENTS.inc();
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "cannot note that the stray was found"),
        }
    }

    async fn put_off(&self, stray: &Stray, trouble: &Trouble) -> Result<(), persistence::Error> {
        trouble.note();
        tracing::warn!(attempt = stray.attempt, %trouble, "cannot see to the stray now");
        let delay_ms = self.config.retry_ms(stray.attempt);
        let error = trouble.to_string();
        self.store.put_stray_off(stray, delay_ms, &error).await
    }
}
