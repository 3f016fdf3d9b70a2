//! One request to the shop and what came of it.

use std::time::Duration;

use client::{Answer, Request};
use goose::prelude::{GooseMethod, GooseRequest, GooseUser, TransactionError};
use reqwest::Method;
use serde_json::Value;
use tokio::time::sleep;

use crate::town::Town;

/// A longer pause than this is not made, whatever the shop asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A failure that Goose has noted.
pub(crate) type Failed = Box<TransactionError>;

/// A request, with its name in the report.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The path with `{segments}`.
    pub(crate) name: &'static str,
    pub(crate) request: Request,
    /// Answers that are as good as a 2xx.
    pub(crate) fine: &'static [u16],
}

impl Ask {
    pub(crate) fn get(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(name, Request::get(path))
    }

    pub(crate) fn post(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(name, Request::post(path, body))
    }

    pub(crate) fn put(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(name, Request::put(path, body))
    }

    pub(crate) fn by(mut self, token: &str) -> Self {
        self.request = self.request.token(token);
        self
    }

    pub(crate) fn new(name: &'static str, request: Request) -> Self {
        Self {
            name,
            request,
            fine: &[],
        }
    }
}

/// Asks once.
///
/// # Errors
/// No answer, or one that is no success and not said to be fine. Both are counted.
pub(crate) async fn ask(user: &mut GooseUser, town: &Town, ask: Ask) -> Result<Answer, Failed> {
    let method = match *ask.request.method() {
        Method::POST => GooseMethod::Post,
        Method::PUT => GooseMethod::Put,
        _ => GooseMethod::Get,
    };
    let what = format!("{method} {}", ask.name);
    let builder = user.get_request_builder(&method, ask.request.path())?;
    // Not Goose's own throttle: that one cuts off whoever waits for it at the end.
    town.requests.turn().await;
    let request = GooseRequest::builder()
        .method(method)
        .path(ask.request.path())
        .name(ask.name)
        .set_request_builder(ask.request.apply(builder))
        .build();
    let mut noted = user.request(request).await?;
    let failed = |raw: &_| TransactionError::RequestFailed {
        raw_request: Box::new(Clone::clone(raw)),
    };
    let response = match noted.response {
        Ok(response) => response,
        Err(error) => {
            let why = match (error.is_timeout(), error.is_connect()) {
                (true, _) => "no answer in time",
                (_, true) => "no connection",
                _ => "no answer",
            };
            town.tally.error(&format!("{what}: {why}"));
            sleep(LONGEST_PAUSE).await;
            return Err(Box::new(failed(&noted.request)));
        }
    };
    match Answer::read(response).await {
        Ok(answer) if answer.is_success() => Ok(answer),
        Ok(answer) if ask.fine.contains(&answer.status) => {
            user.set_success(&mut noted.request)?;
            Ok(answer)
        }
        Ok(answer) => {
            let (status, problem) = (answer.status, answer.problem());
            town.tally.error(&format!("{what}: {status} {problem}"));
            // Who is told to wait, waits.
            let pause = answer.retry_after.unwrap_or_default();
            sleep(pause.min(LONGEST_PAUSE)).await;
            Err(Box::new(failed(&noted.request)))
        }
        Err(error) => {
            let why = match error {
                client::Error::Transport(_) => "an answer cut off",
                client::Error::NotJson { .. } => "an answer that is no JSON",
            };
            town.tally.error(&format!("{what}: {why}"));
            user.set_failure(why, &mut noted.request, None, None)?;
            Err(Box::new(failed(&noted.request)))
        }
    }
}
