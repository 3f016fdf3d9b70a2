use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method, Response, header::RETRY_AFTER};
use serde_json::Value;

use crate::witness::Witness;

/// Longer than the gateway takes for anything.
const TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A server that asks for a longer pause is asked again after this one all the same.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The public door.
#[derive(Debug, Clone)]
pub(super) struct Api {
    http: Client,
    base: String,
    witness: Witness,
}

/// One request, as often as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
    key: Option<String>,
}

impl Request {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), None)
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path.into(), Some(body))
    }

    pub(super) fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path.into(), Some(body))
    }

    /// With an idempotency key.
    pub(super) fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            body,
            key: None,
        }
    }
}

/// What a request came to.
#[derive(Debug)]
pub(super) enum Reply {
    /// It was done.
    Done(Value),
    /// It was not, and will not be when it is asked again: the name of the problem.
    Refused(String),
    /// Nobody knows: ask again, perhaps after a pause.
    Unclear {
        why: String,
        pause: Option<Duration>,
    },
    /// The access token is not good, any more.
    Stranger,
}

impl Api {
    pub(super) fn new(base: String, witness: Witness) -> Result<Self> {
        let http = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .context("an HTTP client")?;
        Ok(Self {
            http,
            base,
            witness,
        })
    }

    /// Sends a request once.
    pub(super) async fn send(&self, request: &Request, token: Option<&str>) -> Reply {
        let url = format!("{}/api/v1{}", self.base, request.path);
        let mut builder = self.http.request(request.method.clone(), url);
        if let Some(token) = token {
            builder = builder.bearer_auth(token);
        }
        if let Some(key) = &request.key {
            builder = builder.header("Idempotency-Key", key);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let reply = match builder.send().await {
            Ok(response) => self.read(response).await,
            Err(error) => Err(error),
        };
        reply.unwrap_or_else(|error| {
            self.witness.answered(None);
            Reply::Unclear {
                why: error.to_string(),
                pause: None,
            }
        })
    }

    async fn read(&self, response: Response) -> Result<Reply, reqwest::Error> {
        let status = response.status().as_u16();
        let seconds = response.headers().get(RETRY_AFTER);
        let pause = seconds
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE));
        let bytes = response.bytes().await?;
        self.witness.answered(Some(status));
        let body = match bytes.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&bytes),
        };
        let Ok(body) = body else {
            return Ok(Reply::Unclear {
                why: format!("{status} with a body that is no JSON"),
                pause,
            });
        };
        let problem = problem(&body);
        Ok(match status {
            200..=299 => Reply::Done(body),
            401 if problem.starts_with("token") => Reply::Stranger,
            408 | 429 | 500.. => Reply::Unclear {
                why: format!("{status} {problem}"),
                pause,
            },
            409 if problem == "idempotency-key-in-use" => Reply::Unclear {
                why: problem,
                pause,
            },
            _ => Reply::Refused(problem),
        })
    }
}

/// The last part of a problem's type: `out-of-stock`.
fn problem(body: &Value) -> String {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next().unwrap_or_default().to_owned()
}
