//! Sends events to whom they were promised: again and again until it is taken, with growing waits.
//! What is to be sent is in the book, so a restart goes on with it.

use std::time::Duration;

use actix_web::web;
use anyhow::Context;
use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::{Client, Url, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::book::{Delivery, EVENTS, Page, Place, millis};
use crate::config::WebhookConfig;
use crate::error::ApiError;
use crate::metrics::{SANDBOX_WEBHOOKS, Sent};
use crate::model::Event;
use crate::provider::Provider;
use crate::signature;

/// Events that are under way at the same time.
const AT_A_TIME: usize = 16;
/// The longest time between two looks for what is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Where events go.
pub(crate) struct Sender {
    http: Client,
    url: Url,
    secrets: Vec<SecretString>,
    config: WebhookConfig,
}

impl Sender {
    /// None when events are sent nowhere.
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
            "webhooks.attempts is 0, it needs at least 1"
        );
        let mut http = Client::builder();
        if url.scheme() == "http" {
            // Nearby: neither a proxy on the way nor certificates to read.
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

    /// Sends what is due until the process stops. What is under way then is sent again afterwards.
    pub(crate) async fn run(self, provider: web::Data<Provider>, stop: CancellationToken) {
        loop {
            let sent = tokio::select! {
                () = stop.cancelled() => return,
                sent = self.send_due(&provider) => sent,
            };
            // A failure was logged where it happened.
            let wait = sent.unwrap_or(LOOK_EVERY);
            tokio::select! {
                () = stop.cancelled() => return,
                () = provider.bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends one batch; answers how long to wait before the next.
    async fn send_due(&self, provider: &Provider) -> Result<Duration, ApiError> {
        let look = provider.look()?;
        let due = look.deliveries(millis(provider.now()), AT_A_TIME)?;
        if due.is_empty() {
            let next = look
                .next_delivery()?
                .map(|at| Duration::from_millis(at.saturating_sub(millis(provider.now()))));
            return Ok(next.map_or(LOOK_EVERY, |wait| wait.min(LOOK_EVERY)));
        }
        let mut sending = Vec::with_capacity(due.len());
        for (place, delivery) in due {
            let event: Option<Event> = look.find(EVENTS, &delivery.event)?;
            sending.push((place, delivery, event));
        }
        drop(look);
        let seconds = provider.now().timestamp();
        let results = join_all(sending.into_iter().map(|(place, delivery, event)| async {
            let taken = match event {
                Some(event) => self.send(&event, seconds).await,
                // It is so old that it was forgotten.
                None => true,
            };
            (place, delivery, taken)
        }))
        .await;
        provider.write(|page| {
            for (place, delivery, taken) in &results {
                self.settle(page, place, delivery, *taken)?;
            }
            Ok(())
        })?;
        Ok(Duration::ZERO)
    }

    fn settle(
        &self,
        page: &mut Page<'_>,
        place: &Place,
        delivery: &Delivery,
        taken: bool,
    ) -> Result<(), ApiError> {
        let tries = delivery.tries.saturating_add(1);
        if taken {
            return page.sent(place, &delivery.event);
        }
        if tries >= self.config.attempts {
            tracing::warn!(event = delivery.event, tries, "nobody takes the event");
            return page.sent(place, &delivery.event);
        }
        let again = Delivery {
            event: delivery.event.clone(),
            tries,
        };
        page.requeue(place, self.wait(tries), &again)
    }

    /// How long to wait after so many tries.
    fn wait(&self, tries: u32) -> TimeDelta {
        let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
        let wait = self.config.first_delay_ms.saturating_mul(factor);
        TimeDelta::milliseconds(wait.min(self.config.max_delay_ms).into())
    }

    /// Whether the event was taken.
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
        let (taken, outcome) = match answer {
            Ok(answer) if answer.status().is_success() => (true, Sent::Taken),
            Ok(answer) => {
                tracing::debug!(event = event.id, status = %answer.status(), "the event was refused");
                (false, Sent::Refused)
            }
            Err(error) => {
                let error = error.without_url();
                tracing::debug!(event = event.id, %error, "the event did not arrive");
                (false, Sent::Unreachable)
            }
        };
        SANDBOX_WEBHOOKS.of(outcome).inc();
        taken
    }
}
