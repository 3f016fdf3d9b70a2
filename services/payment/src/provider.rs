//! The client of the payment provider: Stripe's API over HTTP. The configured address and key decide
//! whether Stripe or the sandbox answers.
//!
//! Card data and the key are never logged.

mod answer;
mod call;
mod lookup;
mod object;
mod pages;
mod request;
mod search;

pub(crate) use lookup::Observation;
pub(crate) use pages::Created;

use std::time::{Duration, Instant};

use anyhow::Context;
use instruments::LabelType;
use reqwest::{Client, Url, redirect};
use secrecy::SecretString;
use tracing::Span;

use crate::config::ProviderConfig;
use crate::domain::{self, Answer, Operation, Task};
use crate::metrics::{Call, CallOutcome, PAYMENT_PROVIDER_CALL, PAYMENT_PROVIDER_CALLS};

/// The API version of these requests and answers.
const API_VERSION: &str = "2024-06-20";
/// Bytes of the longest answer. An object is a few kilobytes, a page of a list a few hundred.
const ANSWER_LIMIT: usize = 1024 * 1024;
/// The code of an amount that the provider cannot charge.
const AMOUNT_NOT_CHARGEABLE: &str = "amount_not_chargeable";

/// Why a call has no definite answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// The provider may have acted, but did not answer in time.
    #[error("no answer within the deadline")]
    Timeout,
    /// The provider may have acted: the connection broke, or could not be opened.
    #[error("the connection failed: {0}")]
    Connection(#[source] reqwest::Error),
    /// A server error.
    #[error("it answered {status}{}", if *.is_stored { ", stored under this idempotency key" } else { "" })]
    ServerError {
        status: u16,
        /// The provider replays this answer to our idempotency key.
        is_stored: bool,
    },
    /// Too many calls, or another call with the same key is in progress.
    #[error("it answered {status}: retry later")]
    RetryLater {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// The provider rejects our secret key. This says nothing about the payment.
    #[error("it answered {status}: the secret key is not accepted")]
    Denied { status: u16 },
    /// The answer does not fit the request: an operator must investigate.
    #[error("it answered {status}, which is unexpected: {what}")]
    Unexpected { status: u16, what: String },
    /// The search outlasted the lease, so another worker may have the operation.
    #[error("the lease expired during the search")]
    LeaseLost,
}

impl ProviderError {
    /// Whether an operator must act.
    pub(crate) fn needs_operator(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Unexpected { .. })
    }

    /// Whether the provider answered, but the answer leaves the outcome unknown.
    pub(crate) fn is_unusable(&self) -> bool {
        matches!(self, Self::Unexpected { .. })
    }

    /// Whether no call with this idempotency key can succeed any more.
    pub(crate) fn spends_key(&self) -> bool {
        matches!(
            self,
            Self::ServerError {
                is_stored: true,
                ..
            }
        )
    }

    /// Records the error on the current span.
    pub(crate) fn record(&self) {
        let span = Span::current();
        span.record("error.type", self.name());
        span.record("otel.status_code", "ERROR");
    }

    /// The provider's `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RetryLater { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Its name in traces and metrics.
    fn name(&self) -> &'static str {
        CallOutcome::text(self.outcome())
    }

    fn outcome(&self) -> CallOutcome {
        match self {
            Self::Timeout => CallOutcome::Timeout,
            Self::Connection(_) => CallOutcome::Connection,
            Self::ServerError { .. } => CallOutcome::ServerError,
            Self::RetryLater { .. } => CallOutcome::RetryLater,
            Self::Denied { .. } => CallOutcome::Denied,
            Self::Unexpected { .. } => CallOutcome::Unexpected,
            Self::LeaseLost => CallOutcome::LeaseLost,
        }
    }
}

/// A provider that speaks Stripe's API. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Provider {
    http: Client,
    url: Url,
    secret_key: SecretString,
    return_url: String,
}

impl Provider {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// `provider.url` is invalid, or is plain HTTP although the key is a live key.
    pub(crate) fn new(config: &ProviderConfig) -> anyhow::Result<Self> {
        let url: Url = config
            .url
            .parse()
            .with_context(|| format!("provider.url is not a URL: {}", config.url))?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https") && url.has_host(),
            "provider.url must be an http or https address"
        );
        let plain = url.scheme() == "http";
        anyhow::ensure!(
            !plain || !config.is_live(),
            "provider.secret_key is a live key, provider.url must be an https address"
        );
        let mut http = Client::builder();
        if plain {
            // The sandbox: no proxy, and no root certificates. They take time and memory to load, and a minimal
            // container has none.
            http = http.no_proxy().tls_certs_only([]);
        }
        let http = http
            .timeout(Duration::from_millis(config.timeout_ms))
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
            .redirect(redirect::Policy::none())
            .user_agent(concat!("mercantile-payment/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("cannot prepare the HTTP client of the provider")?;
        Ok(Self {
            http,
            url,
            secret_key: config.secret_key.clone(),
            return_url: config.return_url.clone(),
        })
    }

    /// Makes the call of an operation. All calls with the same idempotency key have one effect.
    pub(crate) async fn perform(&self, operation: &Operation) -> Result<Answer, ProviderError> {
        let call = async {
            let amount = match domain::to_provider(operation.amount) {
                Ok(amount) => amount,
                // Nothing is sent.
                Err(problem) => {
                    return Ok(Answer::Rejected {
                        code: AMOUNT_NOT_CHARGEABLE.to_owned(),
                        problem: problem.to_string(),
                        reference: None,
                    });
                }
            };
            let request = request::of(operation, amount, &self.return_url)?;
            let request = self
                .http
                .post(self.at(&request.path))
                .header("Idempotency-Key", operation.key())
                .form(&request.form);
            answer::of(operation, &self.call(request).await?)
        };
        let kind = match operation.task {
            Task::Authorize => Call::Authorize,
            Task::Capture => Call::Capture,
            Task::Void => Call::Void,
            Task::Refund(_) => Call::Refund,
        };
        let outcome = |answer: &Answer| match answer {
            Answer::Done { .. } => CallOutcome::Done,
            Answer::ActionRequired { .. } => CallOutcome::ActionRequired,
            Answer::Refused { .. }
            | Answer::Rejected { .. }
            | Answer::AuthorizationEnded { .. } => CallOutcome::Refused,
        };
        measured(kind, outcome, call).await
    }

    /// Cancels an orphan intent. It needs no idempotency key, because a second cancellation is refused.
    pub(crate) async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        let call = async {
            let url = self.at(&format!("/v1/payment_intents/{reference}/cancel"));
            let request = self.http.post(url);
            let request = request.form(&[("cancellation_reason", "duplicate")]);
            let raw = self.call(request).await?;
            match raw.status {
                200..=299 => Ok(()),
                _ => Err(answer::error(&raw)),
            }
        };
        measured(Call::Cancel, |()| CallOutcome::Done, call).await
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

/// Counts and times a call, by its outcome.
async fn measured<T>(
    kind: Call,
    outcome: impl Fn(&T) -> CallOutcome,
    call: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    let started = Instant::now();
    let result = call.await;
    let outcome = result.as_ref().map_or_else(ProviderError::outcome, outcome);
    PAYMENT_PROVIDER_CALLS.of((kind, outcome)).inc();
    let times = PAYMENT_PROVIDER_CALL.of((kind, outcome));
    times.observe(started.elapsed());
    result
}

#[cfg(test)]
mod stripe_fixtures;
#[cfg(test)]
mod tests;
