//! What the provider tells on its own: checked, taken in once, and looked into by the looker.

use chrono::TimeDelta;
use instruments::payment::PAYMENT_WEBHOOKS;
use kernel::Clock;
use secrecy::ExposeSecret;

use crate::config::WebhooksConfig;
use crate::domain::{self, BadWebhook, Subject};
use crate::pool::Wake;
use crate::store::{Received, Store};

/// A payload of the provider is some kilobytes.
const PAYLOAD_LIMIT: usize = 64 * 1024;

/// Why a webhook was not taken in. The provider sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It is none of the provider's, or nothing that can be understood.
    #[error(transparent)]
    Bad(#[from] BadWebhook),
    /// The database did not do its part.
    #[error("the database failed")]
    Failed(#[from] persistence::Error),
}

/// Takes webhooks in.
pub(crate) struct Webhooks {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) config: WebhooksConfig,
    /// Wakes the looker.
    pub(crate) news: Wake,
}

impl Webhooks {
    /// Checks and takes in one webhook; returns after the commit.
    pub(crate) async fn receive(&self, payload: &[u8], signature: &str) -> Result<(), NotTaken> {
        let result = self.take(payload, signature).await;
        let outcome = match &result {
            Ok(outcome) => outcome,
            Err(NotTaken::Bad(BadWebhook::Malformed)) => "malformed",
            Err(NotTaken::Bad(BadWebhook::Time)) => "time",
            Err(NotTaken::Bad(BadWebhook::Signature)) => "signature",
            Err(NotTaken::Bad(BadWebhook::Payload)) => "payload",
            Err(NotTaken::Failed(_)) => "failed",
        };
        PAYMENT_WEBHOOKS.of([outcome]).inc();
        result.map(|_| ())
    }

    async fn take(&self, payload: &[u8], signature: &str) -> Result<&'static str, NotTaken> {
        if payload.len() > PAYLOAD_LIMIT {
            return Err(BadWebhook::Payload.into());
        }
        let secrets: Vec<&str> = self
            .config
            .secrets
            .expose_secret()
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .collect();
        let tolerance = TimeDelta::seconds(self.config.tolerance_s.into());
        domain::verify(payload, signature, &secrets, tolerance, self.clock.now())?;
        let event = domain::event(payload)?;
        match event.subject {
            Subject::Strange => return Ok("strange"),
            Subject::Other => return Ok("other"),
            Subject::Intent { .. } | Subject::Refund { .. } => {}
        }
        Ok(match self.store.receive(&event).await? {
            Received::Scheduled => {
                self.news.wake();
                "scheduled"
            }
            // Looked into before long.
            Received::Stray => "stray",
            Received::Duplicate => "duplicate",
            Received::Unknown => "unknown",
        })
    }
}
