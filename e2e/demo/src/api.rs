//! The shop's public API, with patience: what may succeed later is sent again.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use client::{Answer, Client, Error, Request};
use reqwest::redirect::Policy;
use tokio::time::sleep;

use crate::settings::{Settings, loopback};
use crate::tally::Tally;

/// Longer than any timeout of the gateway.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Attempts of one request. With the delays below, they outlast the restart of a process.
const ATTEMPTS: u32 = 7;
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// Also of a `Retry-After`.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// Sends requests to the shop. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    http: reqwest::Client,
    tally: Arc<Tally>,
}

impl Api {
    pub(crate) fn new(settings: &Settings, tally: Arc<Tally>) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            // A proxy of the environment is another machine, and so may be the target of a redirect.
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .context("cannot create the HTTP client")?;
        let base = settings.shop.join("/api/v1")?;
        let client = Client::new(http.clone(), base);
        Ok(Self {
            client,
            http,
            tally,
        })
    }

    /// Sends a request until its outcome is known. Writes must be idempotent or have a key.
    ///
    /// # Errors
    /// No attempt had an outcome.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer> {
        let mut delay = FIRST_DELAY;
        let mut attempt = 1;
        loop {
            let sent = self.client.send(request).await;
            if !matches!(sent, Err(Error::Transport(_))) {
                self.tally.answered();
            }
            let retry_after = match &sent {
                Ok(answer) if !may_succeed_later(answer) => return Ok(sent?),
                Ok(answer) => answer.retry_after,
                Err(Error::NotJson { retry_after, .. }) => *retry_after,
                Err(Error::Transport(_)) => None,
            };
            if attempt >= ATTEMPTS {
                return sent.with_context(|| described(request));
            }
            attempt += 1;
            sleep(retry_after.unwrap_or(delay).clamp(delay, MAX_DELAY)).await;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    /// As [`Api::send`], and the answer is a success.
    ///
    /// # Errors
    /// The answer is a problem.
    pub(crate) async fn succeed(&self, request: &Request) -> Result<Answer> {
        let answer = self.send(request).await?;
        match answer.is_success() {
            true => Ok(answer),
            false => bail!(
                "{}: {} {}",
                described(request),
                answer.status,
                answer.problem()
            ),
        }
    }

    /// Submits the form of a challenge's page, as the customer's browser would.
    ///
    /// # Errors
    /// The page is on another machine, or refuses the form.
    pub(crate) async fn answer_challenge(&self, url: &str, outcome: &str) -> Result<()> {
        let page = loopback(url).context("the page of the challenge")?;
        let form = [("outcome", outcome)];
        let sent = self.http.post(page).form(&form).send().await;
        let answer = sent.context("the page of the challenge")?;
        match answer.status().is_redirection() {
            true => Ok(()),
            false => bail!("the page of the challenge answered {}", answer.status()),
        }
    }
}

fn may_succeed_later(answer: &Answer) -> bool {
    matches!(answer.status, 408 | 429 | 500..) || answer.problem() == "idempotency-key-in-use"
}

fn described(request: &Request) -> String {
    format!("{} {}", request.method(), request.path())
}
