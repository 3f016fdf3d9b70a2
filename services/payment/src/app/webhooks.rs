//! Events of the provider: verified, recorded once, and looked up by the worker of lookups.

use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::App;
use crate::domain::{self, BadWebhook, Subject};
use crate::metrics::PAYMENT_WEBHOOKS;
use crate::store::Received;

/// A payload of the provider is some kilobytes.
const PAYLOAD_LIMIT: usize = 64 * 1024;

/// Why a webhook was not accepted. The provider sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAccepted {
    /// It is not the provider's, or cannot be read.
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
            Ok(outcome) => outcome,
            Err(NotAccepted::Bad(BadWebhook::Malformed)) => "malformed",
            Err(NotAccepted::Bad(BadWebhook::Time)) => "time",
            Err(NotAccepted::Bad(BadWebhook::Signature)) => "signature",
            Err(NotAccepted::Bad(BadWebhook::Payload)) => "payload",
            Err(NotAccepted::Failed(_)) => "failed",
        };
        PAYMENT_WEBHOOKS.of(outcome).inc();
        result.map(|_| ())
    }

    async fn accept_webhook(
        &self,
        payload: &[u8],
        signature: &str,
    ) -> Result<&'static str, NotAccepted> {
        if payload.len() > PAYLOAD_LIMIT {
            return Err(BadWebhook::Payload.into());
        }
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
        let event = domain::event(payload)?;
        match event.subject {
            Subject::Strange => return Ok("strange"),
            Subject::Other => return Ok("other"),
            Subject::Intent { .. } | Subject::Refund { .. } => {}
        }
        Ok(match self.store.receive(&event).await? {
            Received::Scheduled => {
                self.lookups_due.wake();
                "scheduled"
            }
            Received::Orphan => "stray",
            Received::Duplicate => "duplicate",
            Received::Unknown => "unknown",
        })
    }
}
