//! One call to the provider over HTTP, and its span.

use std::time::Duration;

use chassis::telemetry;
use reqwest::{Request, RequestBuilder, Response, header};
use secrecy::ExposeSecret;
use tracing::{Instrument, Span, field};

use super::answer::{self, Raw};
use super::{ANSWER_LIMIT, API_VERSION, Provider, ProviderError};

impl Provider {
    /// Sends a request with the secret key and reads the response.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Raw, ProviderError> {
        let mut request = request
            .bearer_auth(self.secret_key.expose_secret())
            .header("Stripe-Version", API_VERSION)
            .build()
            .map_err(lost)?;
        let span = span(&request);
        let called = async {
            telemetry::put_context(request.headers_mut());
            read(self.http.execute(request).await.map_err(lost)?).await
        };
        let result = called.instrument(span.clone()).await;
        record(&span, &result);
        result
    }
}

/// Named after OpenTelemetry's HTTP conventions. It contains neither the query nor the body.
fn span(request: &Request) -> Span {
    let (method, url) = (request.method().as_str(), request.url());
    let template = template(url.path());
    let mut full = url.clone();
    full.set_query(None);
    tracing::info_span!(
        "provider call",
        otel.name = format!("{method} {template}"),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method,
        url.template = template,
        url.full = full.as_str(),
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        http.response.status_code = field::Empty,
        error.type = field::Empty,
    )
}

/// `/v1/payment_intents/pi_123/confirm` becomes `/v1/payment_intents/{id}/confirm`.
fn template(path: &str) -> String {
    let segments = path.split('/').enumerate();
    let segments = segments.map(|(position, segment)| match position {
        3 => "{id}",
        _ => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

fn record(span: &Span, result: &Result<Raw, ProviderError>) {
    match result {
        Ok(raw) => {
            span.record("http.response.status_code", raw.status);
            if raw.status >= 400 {
                span.record("error.type", field::display(raw.status));
                span.record("otel.status_code", "ERROR");
            }
        }
        Err(error) => {
            span.record("error.type", error.name());
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// Reads the body, up to `ANSWER_LIMIT`.
async fn read(mut response: Response) -> Result<Raw, ProviderError> {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let replayed = response
        .headers()
        .get("Idempotent-Replayed")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(answer::unexpected(status, "the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Raw {
        status,
        retry_after,
        replayed,
        body,
    })
}

fn lost(error: reqwest::Error) -> ProviderError {
    if error.is_timeout() {
        ProviderError::Timeout
    } else {
        ProviderError::Connection(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_named_without_ids() {
        for (path, expected) in [
            ("/v1/payment_intents", "/v1/payment_intents"),
            (
                "/v1/payment_intents/pi_1/confirm",
                "/v1/payment_intents/{id}/confirm",
            ),
            ("/v1/refunds/re_1", "/v1/refunds/{id}"),
            ("/", "/"),
        ] {
            assert_eq!(expected, template(path), "{path}");
        }
    }
}
