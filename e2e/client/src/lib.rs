//! The shop's REST API for tests: requests and answers. See `README.md`.

mod second_factor;

use std::time::Duration;

use reqwest::header::{ETAG, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

pub use second_factor::{DEMO_SECRET, code_now, next_code, secret_of};

/// Sends requests to one shop.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    /// A client of the API at `base`, such as `http://127.0.0.1:8080/api/v1`.
    pub fn new(http: reqwest::Client, base: impl Into<String>) -> Self {
        let base = base.into();
        Self { http, base }
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// The answer is incomplete, or its body is not JSON.
    pub async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let url = format!("{}{}", self.base, request.path);
        let builder = self.http.request(request.method.clone(), url);
        Answer::read(request.apply(builder).send().await?).await
    }
}

/// A request. It can be sent several times.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
    token: Option<String>,
    headers: Vec<(&'static str, String)>,
}

impl Request {
    /// A request to a path below the base.
    pub fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            method,
            path: path.into(),
            body,
            token: None,
            headers: Vec::new(),
        }
    }

    /// `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// `POST` with a JSON body.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// `PUT` with a JSON body.
    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    /// Adds an access token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Adds an idempotency key.
    #[must_use]
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Adds the token of a guest's cart.
    #[must_use]
    pub fn cart_token(self, token: impl Into<String>) -> Self {
        self.header("Cart-Token", token)
    }

    /// Requests the resource only if it does not have this version.
    #[must_use]
    pub fn if_none_match(self, etag: impl Into<String>) -> Self {
        self.header(IF_NONE_MATCH.as_str(), etag)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path below the base, with its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Adds the token, the headers and the body to a request of another client.
    pub fn apply(&self, mut builder: RequestBuilder) -> RequestBuilder {
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        match &self.body {
            Some(body) => builder.json(body),
            None => builder,
        }
    }
}

/// A response of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body; null if it is empty.
    pub body: Value,
    /// The `Retry-After` header, in seconds.
    pub retry_after: Option<Duration>,
    /// The version of the resource.
    pub etag: Option<String>,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Errors
    /// The body is incomplete, or is not JSON.
    pub async fn read(response: Response) -> Result<Self, Error> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name)?.to_str().ok();
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        let etag = header(ETAG).map(str::to_owned);
        let bytes = response.bytes().await?;
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).map_err(|_| Error::NotJson {
                status,
                retry_after,
            })?,
        };
        Ok(Self {
            status,
            body,
            retry_after,
            etag,
        })
    }

    /// The body of a success.
    ///
    /// # Panics
    /// The status is not 2xx.
    pub fn ok(self) -> Value {
        assert!(self.is_success(), "{}: {}", self.status, self.body);
        self.body
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The last part of a problem's type: `out-of-stock`. Empty if the answer is not a problem.
    pub fn problem(&self) -> &str {
        let kind = self.body.get("type").and_then(Value::as_str);
        kind.unwrap_or_default()
            .rsplit('/')
            .next()
            .unwrap_or_default()
    }

    /// The text at a JSON pointer in the body; empty if there is none.
    pub fn text(&self, pointer: &str) -> String {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection failed or timed out.
    #[error(transparent)]
    Transport(#[from] reqwest::Error),
    /// The body is not JSON.
    #[error("{status} with a body that is not JSON")]
    NotJson {
        /// HTTP status.
        status: u16,
        /// The `Retry-After` header, in seconds.
        retry_after: Option<Duration>,
    },
}
