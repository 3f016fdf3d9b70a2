//! Webhooks: each is verified and recorded once, and schedules a lookup of its subject. Whatever the provider
//! signed is accepted unless it should be sent again; what is not understood is kept for staff.

use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use secrecy::ExposeSecret;

use super::App;
use crate::domain::{self, BadWebhook, Event, Subject};
use crate::metrics::{PAYMENT_WEBHOOKS, Webhook};
use crate::store::{lookups, orphan_intents, payments, refunds, webhooks};

/// Why a webhook was not accepted. The provider redelivers it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    /// It is not signed by the provider.
    #[error(transparent)]
    Bad(#[from] BadWebhook),
    /// The database failed.
    #[error("the database failed")]
    Failed(#[from] persistence::Error),
}

impl App {
    /// Verifies and records one webhook; returns after the commit.
    pub(crate) async fn receive_webhook(
        &self,
        payload: &[u8],
        signature: &str,
    ) -> Result<(), NotAccepted> {
        let result = self.accept_webhook(payload, signature).await;
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(NotAccepted::Bad(BadWebhook::Malformed)) => Webhook::Malformed,
            Err(NotAccepted::Bad(BadWebhook::Time)) => Webhook::Time,
            Err(NotAccepted::Bad(BadWebhook::Signature)) => Webhook::Signature,
            Err(NotAccepted::Failed(_)) => Webhook::Failed,
        };
        PAYMENT_WEBHOOKS.of(outcome).inc();
        result.map(|_| ())
    }

    async fn accept_webhook(
        &self,
        payload: &[u8],
        signature: &str,
    ) -> Result<Webhook, NotAccepted> {
        let config = &self.config.webhooks;
        let secrets: Vec<&str> = config
            .secrets
            .expose_secret()
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .collect();
        let tolerance = TimeDelta::seconds(config.tolerance_s.into());
        domain::verify(payload, signature, &secrets, tolerance, self.clock.now())?;
        let event = match domain::event(payload) {
            Ok(event) => event,
            Err(problem) => {
                let problem = problem.to_string();
                self.store.keep_webhook(&problem, payload).await?;
                tracing::warn!(problem, "a signed webhook is not understood, it is kept");
                return Ok(Webhook::NotUnderstood);
            }
        };
        match event.subject {
            Subject::Foreign => return Ok(Webhook::Foreign),
            Subject::Other => return Ok(Webhook::Other),
            Subject::Intent { .. } | Subject::Refund { .. } => {}
        }
        let database = &self.store.database;
        let received = database.transaction(async move |conn| schedule(conn, &event).await);
        Ok(match received.await? {
            Received::Scheduled => {
                self.lookups_due.wake();
                Webhook::Scheduled
            }
            Received::Orphan => Webhook::Orphan,
            Received::Duplicate => Webhook::Duplicate,
            Received::Unknown => Webhook::Unknown,
        })
    }
}

/// How an event was handled.
enum Received {
    /// A lookup of its subject is scheduled.
    Scheduled,
    /// It is about an orphan intent; a check of it is scheduled.
    Orphan,
    /// It was recorded before.
    Duplicate,
    /// No payment or refund has the id that it names.
    Unknown,
}

/// Records the event and schedules a lookup of its subject.
async fn schedule(
    conn: &mut AsyncPgConnection,
    event: &Event,
) -> Result<Received, persistence::Error> {
    if !webhooks::record(conn, event).await? {
        return Ok(Received::Duplicate);
    }
    let (payment_id, refund_id, reference) = match &event.subject {
        // Found by our own id, because the answer with the provider's id may be lost.
        Subject::Intent {
            reference,
            payment_id,
        } => match payments::reference_of(conn, *payment_id).await? {
            None => return Ok(Received::Unknown),
            Some(Some(known)) if known != *reference => {
                orphan_intents::schedule(conn, *payment_id, reference).await?;
                return Ok(Received::Orphan);
            }
            Some(_) => (*payment_id, None, reference),
        },
        Subject::Refund {
            reference,
            refund_id,
        } => {
            let refund = refunds::find(conn, *refund_id).await?;
            let Some(refund) = refund.filter(|refund| refund.may_be(reference)) else {
                return Ok(Received::Unknown);
            };
            if payments::reference_of(conn, refund.payment_id)
                .await?
                .is_none()
            {
                return Ok(Received::Unknown);
            }
            (refund.payment_id, Some(refund.id), reference)
        }
        Subject::Foreign | Subject::Other => return Ok(Received::Unknown),
    };
    lookups::schedule(conn, payment_id, refund_id, reference, Duration::ZERO).await?;
    Ok(Received::Scheduled)
}
