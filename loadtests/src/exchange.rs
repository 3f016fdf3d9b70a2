//! One request to the shop and what came of it.

use std::time::Duration;

use goose::prelude::{GooseMethod, GooseRequest, GooseUser, TransactionError};
use reqwest::header::{ETAG, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;
use tokio::time::sleep;

use crate::town::Town;

/// Longer than the gateway takes for anything.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A longer pause than this is not made, whatever the shop asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A failure that Goose has noted.
pub(crate) type Failed = Box<TransactionError>;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// The path with `{segments}`: names it in the report.
    pub(crate) name: &'static str,
    pub(crate) method: GooseMethod,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) token: Option<&'a str>,
    pub(crate) body: Option<Value>,
    pub(crate) key: Option<&'a str>,
    /// The version at hand.
    pub(crate) etag: Option<String>,
    /// Answers that are as good as a 2xx.
    pub(crate) fine: &'static [u16],
}

impl<'a> Ask<'a> {
    pub(crate) fn get(name: &'static str, path: impl Into<String>) -> Self {
        Self::new(GooseMethod::Get, name, path.into(), None)
    }

    pub(crate) fn post(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(GooseMethod::Post, name, path.into(), Some(body))
    }

    pub(crate) fn put(name: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(GooseMethod::Put, name, path.into(), Some(body))
    }

    pub(crate) fn by(mut self, token: &'a str) -> Self {
        self.token = Some(token);
        self
    }

    fn new(method: GooseMethod, name: &'static str, path: String, body: Option<Value>) -> Self {
        Self {
            name,
            method,
            path,
            token: None,
            body,
            key: None,
            etag: None,
            fine: &[],
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// JSON; null where there was none.
    pub(crate) body: Value,
    pub(crate) etag: Option<String>,
}

impl Reply {
    /// A text in the body; empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

/// One that keeps connections as a browser does, and goes nowhere but where it was sent.
pub(crate) fn client() -> reqwest::Result<Client> {
    builder().build()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .user_agent(concat!("mercantile-loadtests/", env!("CARGO_PKG_VERSION")))
}

/// Asks once.
///
/// # Errors
/// No answer, or one that is no success and not said to be fine. Both are counted.
pub(crate) async fn ask(user: &mut GooseUser, town: &Town, ask: Ask<'_>) -> Result<Reply, Failed> {
    let mut builder = user.get_request_builder(&ask.method, &ask.path)?;
    if let Some(token) = ask.token {
        builder = builder.bearer_auth(token);
    }
    if let Some(key) = ask.key {
        builder = builder.header("Idempotency-Key", key);
    }
    if let Some(etag) = ask.etag {
        builder = builder.header(IF_NONE_MATCH, etag);
    }
    if let Some(body) = &ask.body {
        builder = builder.json(body);
    }
    // Not Goose's own throttle: that one cuts off whoever waits for it at the end.
    town.requests.turn().await;
    let request = GooseRequest::builder()
        .method(ask.method)
        .path(ask.path.as_str())
        .name(ask.name)
        .set_request_builder(builder)
        .build();
    let mut noted = user.request(request).await?;
    let what = format!("{} {}", ask.method, ask.name);
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
    let status = response.status();
    let pause = pause(&response);
    let reply = read(response).await;
    match reply {
        Ok(reply) if status.is_success() => Ok(reply),
        Ok(reply) if ask.fine.contains(&status.as_u16()) => {
            user.set_success(&mut noted.request)?;
            Ok(reply)
        }
        Ok(reply) => {
            let kind = reply.text("/type");
            let problem = kind.rsplit('/').next().unwrap_or_default();
            town.tally
                .error(&format!("{what}: {} {problem}", status.as_u16()));
            // Who is told to wait, waits.
            sleep(pause).await;
            Err(Box::new(failed(&noted.request)))
        }
        Err(why) => {
            town.tally.error(&format!("{what}: {why}"));
            user.set_failure(why, &mut noted.request, None, None)?;
            Err(Box::new(failed(&noted.request)))
        }
    }
}

fn pause(response: &Response) -> Duration {
    let seconds = response.headers().get(RETRY_AFTER);
    let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
    seconds
        .map_or(Duration::ZERO, Duration::from_secs)
        .min(LONGEST_PAUSE)
}

async fn read(response: Response) -> Result<Reply, &'static str> {
    let status = response.status().as_u16();
    let etag = response.headers().get(ETAG);
    let etag = etag
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bytes = response.bytes().await.map_err(|_| "an answer cut off")?;
    let body = match bytes.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&bytes).map_err(|_| "an answer that is no JSON")?,
    };
    Ok(Reply { status, body, etag })
}
