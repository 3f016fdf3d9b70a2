use std::time::Duration;

use anyhow::{Context, Result};
use client::{Answer, Client, Error};
use serde_json::Value;

use crate::history::Recorder;

/// Longer than any timeout of the gateway.
const TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A longer `Retry-After` is shortened to this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

pub(super) use client::Request;

/// The public API; every answer is recorded.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    recorder: Recorder,
}

/// What is known after a request.
#[derive(Debug)]
pub(super) enum Response {
    /// It was carried out; the body of the answer.
    Done(Value),
    /// It was not carried out, and a repetition will not be either; the name of the problem.
    Refused(String),
    /// It may have been carried out: repeat it, perhaps after a pause.
    Unknown {
        reason: String,
        retry_after: Option<Duration>,
    },
    /// The access token is not valid any more.
    TokenRejected,
}

impl Api {
    pub(super) fn new(base: String, recorder: Recorder) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .context("cannot build an HTTP client")?;
        Ok(Self {
            client: Client::new(http, format!("{base}/api/v1")),
            recorder,
        })
    }

    /// Sends a request once.
    pub(super) async fn send(&self, request: &Request, token: Option<&str>) -> Response {
        let sent = match token {
            Some(token) => self.client.send(&request.clone().token(token)).await,
            None => self.client.send(request).await,
        };
        let status = match &sent {
            Ok(answer) => Some(answer.status),
            Err(Error::NotJson { status, .. }) => Some(*status),
            Err(Error::Transport(_)) => None,
        };
        self.recorder.request_ended(status);
        match sent {
            Ok(answer) => classify(answer),
            Err(error) => Response::Unknown {
                retry_after: match error {
                    Error::NotJson { retry_after, .. } => shortened(retry_after),
                    Error::Transport(_) => None,
                },
                reason: error.to_string(),
            },
        }
    }
}

impl Api {
    /// Proves the second factor of the demo staff account. The new access token; `None` without a success.
    pub(super) async fn step_up(&self, token: &str) -> Option<String> {
        let answer = self.client.step_up(token).await;
        self.recorder
            .request_ended(answer.as_ref().ok().map(|answer| answer.status));
        let answer = answer.ok().filter(Answer::is_success)?;
        Some(answer.text("/access_token"))
    }
}

fn classify(answer: Answer) -> Response {
    let (status, problem) = (answer.status, answer.problem().to_owned());
    let retry_after = shortened(answer.retry_after);
    match status {
        200..=299 => Response::Done(answer.body),
        401 if problem.starts_with("token") || problem == "step-up-required" => {
            Response::TokenRejected
        }
        408 | 429 | 500.. => Response::Unknown {
            reason: format!("{status} {problem}"),
            retry_after,
        },
        409 if problem == "idempotency-key-in-use" => Response::Unknown {
            reason: problem,
            retry_after,
        },
        _ => Response::Refused(problem),
    }
}

fn shortened(retry_after: Option<Duration>) -> Option<Duration> {
    retry_after.map(|pause| pause.min(MAX_RETRY_AFTER))
}
