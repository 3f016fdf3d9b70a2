//! Sends one request as a Goose user, and records its result.

use std::time::Duration;

use client::{Answer, Request};
use goose::prelude::{GooseMethod, GooseRequest, GooseUser, TransactionError};
use reqwest::Method;
use serde_json::Value;
use tokio::time::sleep;

use crate::fixture::Fixture;

/// Longest pause after a failed request, whatever `Retry-After` says.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// A failure that Goose has recorded.
pub(crate) type Failed = Box<TransactionError>;

/// A request with its name in the report.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    /// The path with `{parameters}`, so that requests of one route are one row.
    pub(crate) name: &'static str,
    pub(crate) request: Request,
    /// Statuses besides 2xx that count as success.
    pub(crate) expected: &'static [u16],
}

impl ApiRequest {
    pub(crate) fn new(name: &'static str, request: Request) -> Self {
        Self {
            name,
            request,
            expected: &[],
        }
    }

    pub(crate) fn get(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Request::get(path))
    }

    pub(crate) fn post(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(name, Request::post(path, body))
    }

    pub(crate) fn put(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(name, Request::put(path, body))
    }

    pub(crate) fn delete(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Request::new(Method::DELETE, path, None))
    }

    /// Adds the access token of an account.
    pub(crate) fn token(mut self, token: &str) -> Self {
        self.request = self.request.token(token);
        self
    }
}

/// Sends the request once.
///
/// # Errors
/// No response, or one that is neither a success nor expected. Both are counted, and the user pauses.
pub(crate) async fn send(
    user: &mut GooseUser,
    fixture: &Fixture,
    api: ApiRequest,
) -> Result<Answer, Failed> {
    let method = match *api.request.method() {
        Method::POST => GooseMethod::Post,
        Method::PUT => GooseMethod::Put,
        Method::DELETE => GooseMethod::Delete,
        _ => GooseMethod::Get,
    };
    let row = format!("{method} {}", api.name);
    let builder = user.get_request_builder(&method, api.request.path())?;
    // Not Goose's own throttle, which cancels the users that wait for it when the run ends.
    fixture.requests.acquire().await;
    let request = GooseRequest::builder()
        .method(method)
        .path(api.request.path())
        .name(api.name)
        .set_request_builder(api.request.apply(builder))
        .build();
    let mut recorded = user.request(request).await?;
    let failed = |raw: &_| TransactionError::RequestFailed {
        raw_request: Box::new(Clone::clone(raw)),
    };
    let response = match recorded.response {
        Ok(response) => response,
        Err(error) => {
            let reason = match (error.is_timeout(), error.is_connect()) {
                (true, _) => "timeout",
                (_, true) => "no connection",
                _ => "no response",
            };
            fixture.counters.error(&format!("{row}: {reason}"));
            sleep(MAX_PAUSE).await;
            return Err(Box::new(failed(&recorded.request)));
        }
    };
    match Answer::read(response).await {
        Ok(answer) if answer.is_success() => Ok(answer),
        Ok(answer) if api.expected.contains(&answer.status) => {
            user.set_success(&mut recorded.request)?;
            Ok(answer)
        }
        Ok(answer) => {
            let (status, problem) = (answer.status, answer.problem());
            fixture
                .counters
                .error(&format!("{row}: {status} {problem}"));
            let pause = answer.retry_after.unwrap_or_default();
            sleep(pause.min(MAX_PAUSE)).await;
            Err(Box::new(failed(&recorded.request)))
        }
        Err(error) => {
            let reason = match error {
                client::Error::Transport(_) => "incomplete response",
                client::Error::NotJson { .. } => "response is not JSON",
            };
            fixture.counters.error(&format!("{row}: {reason}"));
            user.set_failure(reason, &mut recorded.request, None, None)?;
            Err(Box::new(failed(&recorded.request)))
        }
    }
}
