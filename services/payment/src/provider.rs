//! The seam to the payment provider: Stripe's API over HTTP. Which implementation of it answers,
//! Stripe or the sandbox, is only a matter of the configured address and key.
//!
//! Neither card data nor the key is ever logged.

mod answer;
mod call;
mod find;
mod look;
mod object;
mod pages;
mod request;

pub(crate) use look::Look;
pub(crate) use pages::Created;

use std::time::{Duration, Instant};

use anyhow::Context;
use instruments::LabelType;
use reqwest::{Client, Url, redirect};
use secrecy::SecretString;
use tracing::Span;

use crate::config::ProviderConfig;
use crate::domain::{Answer, Operation, Task};
use crate::metrics::{Call, CallOutcome, PAYMENT_PROVIDER_CALL, PAYMENT_PROVIDER_CALLS};

/// The version of the API that the requests and answers here follow.
const API_VERSION: &str = "2024-06-20";
/// An answer of the provider is a few kilobytes, a page of a list some hundred.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// Why there is no definite answer. The call is repeated with the same idempotency key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It may have acted; its answer did not come.
    #[error("no answer within the deadline")]
    Timeout,
    /// It may have acted; the connection broke, or was never there.
    #[error("the connection failed: {0}")]
    Connection(#[source] reqwest::Error),
    /// A server error.
    #[error("it answered {status}{}", if *.for_good { ", and will to this key" } else { "" })]
    Unwell {
        status: u16,
        /// It has stored this answer under our idempotency key.
        for_good: bool,
    },
    /// Too many calls, or the first one still runs.
    #[error("it answered {status}: later")]
    Later {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// It does not accept our key. Not the payment's fault.
    #[error("it answered {status}: the secret key is not accepted")]
    Denied { status: u16 },
    /// Its answer makes no sense for the request: a person must look.
    #[error("it answered {status}, which was not expected: {what}")]
    Unexpected { status: u16, what: String },
    /// The search took so long that another worker has the operation by now, or may have.
    #[error("the lease ran out during the search")]
    Overtaken,
}

impl ProviderError {
    /// Whether a person must act.
    pub(crate) fn needs_a_person(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Unexpected { .. })
    }

    /// Whether it answered, but in a way that leaves the outcome of the request unknown.
    pub(crate) fn is_unclear(&self) -> bool {
        matches!(self, Self::Unexpected { .. })
    }

    /// Whether the idempotency key will never succeed.
    pub(crate) fn spends_the_key(&self) -> bool {
        matches!(self, Self::Unwell { for_good: true, .. })
    }

    /// Records it on the current span.
    pub(crate) fn note(&self) {
        let span = Span::current();
        span.record("error.type", self.name());
        span.record("otel.status_code", "ERROR");
    }

    /// The provider's `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Later { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Its name in traces, which is the one in metrics.
    fn name(&self) -> &'static str {
        CallOutcome::text(self.outcome())
    }

    fn outcome(&self) -> CallOutcome {
        match self {
            Self::Timeout => CallOutcome::Timeout,
            Self::Connection(_) => CallOutcome::Connection,
            Self::Unwell { .. } => CallOutcome::Unwell,
            Self::Later { .. } => CallOutcome::Later,
            Self::Denied { .. } => CallOutcome::Denied,
            Self::Unexpected { .. } => CallOutcome::Unexpected,
            Self::Overtaken => CallOutcome::Overtaken,
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
    /// Prepares the way without connecting.
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
            // The sandbox, nearby: neither a proxy on the way nor certificates, which take time and
            // memory to read and which a bare container does not have.
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

    /// Makes the call of an operation. Calls with the same key are one in effect.
    pub(crate) async fn perform(&self, operation: &Operation) -> Result<Answer, ProviderError> {
        let call = async {
            let request = request::of(operation, &self.return_url)?;
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
            Answer::Refused { .. } | Answer::HoldGone { .. } => CallOutcome::Refused,
        };
        measured(kind, outcome, call).await
    }

    /// Cancels an unwanted intent. It needs no key: the second time is refused.
    pub(crate) async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        let call = async {
            let url = self.at(&format!("/v1/payment_intents/{reference}/cancel"));
            let request = self.http.post(url);
            let request = request.form(&[("cancellation_reason", "duplicate")]);
            let raw = self.call(request).await?;
            match raw.status {
                200..=299 => Ok(()),
                _ => Err(answer::no_answer(&raw)),
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

/// Counts and times a call, by what came of it.
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
mod tests;
