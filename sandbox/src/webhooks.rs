//! Sends events to the webhook endpoint, with retries and exponential backoff. Pending deliveries are in
//! the store, so they survive a restart.

use std::time::Duration;

use actix_web::web;
use anyhow::Context;
use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::{Client, Url, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::config::WebhookConfig;
use crate::error::ApiError;
use crate::metrics::{SANDBOX_WEBHOOKS, Sent};
use crate::model::Event;
use crate::provider::Provider;
use crate::signature;
use crate::store::{Delivery, DueKey, EVENTS, Transaction, millis};

/// Deliveries in flight at the same time.
const BATCH_SIZE: usize = 16;
/// Longest time between two checks for due deliveries.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Sends events to one endpoint.
pub(crate) struct Sender {
    http: Client,
    url: Url,
    secrets: Vec<SecretString>,
    config: WebhookConfig,
}

impl Sender {
    /// `None` if no endpoint is configured.
    ///
    /// # Errors
    /// `webhooks.url`, `webhooks.secret` or `webhooks.attempts` is invalid.
    pub(crate) fn new(config: &WebhookConfig) -> anyhow::Result<Option<Self>> {
        if config.url.is_empty() {
            return Ok(None);
        }
        let url: Url = config
            .url
            .parse()
            .with_context(|| format!("webhooks.url is not a URL: {}", config.url))?;
        let secrets: Vec<SecretString> = config
            .secret
            .expose_secret()
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from)
            .collect();
        anyhow::ensure!(!secrets.is_empty(), "webhooks.secret is empty");
        anyhow::ensure!(
            config.attempts > 0,
            "webhooks.attempts is 0; it must be at least 1"
        );
        let mut http = Client::builder();
        if url.scheme() == "http" {
            // Without TLS, neither a proxy nor the root certificates are needed.
            http = http.no_proxy().tls_certs_only([]);
        }
        let http = http
            .timeout(Duration::from_millis(config.timeout_ms))
            .redirect(redirect::Policy::none())
            .user_agent("Stripe/1.0 (sandbox)")
            .build()
            .context("cannot prepare the HTTP client of webhooks")?;
        Ok(Some(Self {
            http,
            url,
            secrets,
            config: config.clone(),
        }))
    }

    /// Sends due deliveries until the process stops. Those in flight at that time are sent again after a
    /// restart.
    pub(crate) async fn run(self, provider: web::Data<Provider>, stop: CancellationToken) {
        loop {
            let sent = tokio::select! {
                () = stop.cancelled() => return,
                sent = self.send_due(&provider) => sent,
            };
            // Errors are logged where they occur.
            let wait = sent.unwrap_or(POLL_INTERVAL);
            tokio::select! {
                () = stop.cancelled() => return,
                () = provider.wake_sender.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends one batch; returns how long to wait before the next.
    async fn send_due(&self, provider: &Provider) -> Result<Duration, ApiError> {
        let snapshot = provider.read()?;
        let due = snapshot.deliveries(millis(provider.now()), BATCH_SIZE)?;
        if due.is_empty() {
            let next = snapshot
                .next_delivery()?
                .map(|at| Duration::from_millis(at.saturating_sub(millis(provider.now()))));
            return Ok(next.map_or(POLL_INTERVAL, |wait| wait.min(POLL_INTERVAL)));
        }
        let mut sending = Vec::with_capacity(due.len());
        for (due_key, delivery) in due {
            let event: Option<Event> = snapshot.find(EVENTS, &delivery.event)?;
            sending.push((due_key, delivery, event));
        }
        drop(snapshot);
        let seconds = provider.now().timestamp();
        let results = join_all(sending.into_iter().map(|(due_key, delivery, event)| async {
            let is_done = match event {
                Some(event) => self.send(&event, seconds).await,
                // The event was removed because of `provider.remember`.
                None => true,
            };
            (due_key, delivery, is_done)
        }))
        .await;
        provider.write(|transaction| {
            for (due_key, delivery, is_done) in &results {
                self.record(transaction, due_key, delivery, *is_done)?;
            }
            Ok(())
        })?;
        Ok(Duration::ZERO)
    }

    fn record(
        &self,
        transaction: &mut Transaction<'_>,
        due_key: &DueKey,
        delivery: &Delivery,
        is_done: bool,
    ) -> Result<(), ApiError> {
        let tries = delivery.tries.saturating_add(1);
        if is_done {
            return transaction.finish_delivery(due_key, &delivery.event);
        }
        if tries >= self.config.attempts {
            tracing::warn!(event = delivery.event, tries, "webhook given up");
            return transaction.finish_delivery(due_key, &delivery.event);
        }
        let again = Delivery {
            event: delivery.event.clone(),
            tries,
        };
        transaction.retry_delivery(due_key, self.wait(tries), &again)
    }

    /// How long to wait after this number of failed tries.
    fn wait(&self, tries: u32) -> TimeDelta {
        let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
        let wait = self.config.first_delay_ms.saturating_mul(factor);
        TimeDelta::milliseconds(wait.min(self.config.max_delay_ms).into())
    }

    /// Sends the event once; returns whether the endpoint answered with a 2xx.
    async fn send(&self, event: &Event, seconds: i64) -> bool {
        let body = event.view().to_string();
        let signature = signature::sign(&self.secrets, seconds, &body);
        let answer = self
            .http
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("Stripe-Signature", signature)
            .body(body)
            .send()
            .await;
        let (is_taken, outcome) = match answer {
            Ok(answer) if answer.status().is_success() => (true, Sent::Taken),
            Ok(answer) => {
                tracing::debug!(event = event.id, status = %answer.status(), "webhook refused");
                (false, Sent::Refused)
            }
            Err(error) => {
                let error = error.without_url();
                tracing::debug!(event = event.id, %error, "webhook endpoint unreachable");
                (false, Sent::Unreachable)
            }
        };
        SANDBOX_WEBHOOKS.of(outcome).inc();
        is_taken
    }
}
