use std::time::Duration;

use anyhow::{Context, Result};
use client::{Answer, Client, Error};
use serde_json::Value;

use crate::witness::Witness;

/// Longer than the gateway takes for anything.
const TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A server that asks for a longer pause is asked again after this one all the same.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) use client::Request;

/// The public API, whose every answer is on record.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    witness: Witness,
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
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .context("an HTTP client")?;
        Ok(Self {
            client: Client::new(http, format!("{base}/api/v1")),
            witness,
        })
    }

    /// Sends a request once.
    pub(super) async fn send(&self, request: &Request, token: Option<&str>) -> Reply {
        let sent = match token {
            Some(token) => self.client.send(&request.clone().token(token)).await,
            None => self.client.send(request).await,
        };
        let status = match &sent {
            Ok(answer) => Some(answer.status),
            Err(Error::NotJson { status, .. }) => Some(*status),
            Err(Error::Transport(_)) => None,
        };
        self.witness.answered(status);
        match sent {
            Ok(answer) => read(answer),
            Err(error) => Reply::Unclear {
                pause: match error {
                    Error::NotJson { retry_after, .. } => shortened(retry_after),
                    Error::Transport(_) => None,
                },
                why: error.to_string(),
            },
        }
    }
}

fn read(answer: Answer) -> Reply {
    let (status, problem) = (answer.status, answer.problem().to_owned());
    let pause = shortened(answer.retry_after);
    match status {
        200..=299 => Reply::Done(answer.body),
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
    }
}

fn shortened(retry_after: Option<Duration>) -> Option<Duration> {
    retry_after.map(|pause| pause.min(LONGEST_PAUSE))
}
