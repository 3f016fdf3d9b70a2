use e2e::http_client;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use super::canaries;

/// A customer whose every request has canary values in its headers.
#[derive(Clone)]
pub(super) struct Visitor {
    http: Client,
    base: String,
    /// Access token.
    pub(super) token: String,
    /// A confirmed order of this customer.
    pub(super) order: String,
}

/// A request of a visitor.
pub(super) struct Request<'a> {
    visitor: &'a Visitor,
    request: reqwest::RequestBuilder,
}

impl Visitor {
    pub(super) fn of(base: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(canaries::AGENT));
        headers.insert(COOKIE, HeaderValue::from_static("session=zqcookie"));
        let address = HeaderValue::from_static(canaries::ADDRESS);
        headers.insert("x-forwarded-for", address);
        let http = http_client().default_headers(headers);
        Self {
            http: http.build().unwrap(),
            base,
            token: String::new(),
            order: String::new(),
        }
    }

    /// A request to a path.
    pub(super) fn request(&self, method: Method, path: &str) -> Request<'_> {
        Request {
            visitor: self,
            request: self.http.request(method, format!("{}{path}", self.base)),
        }
    }

    /// Sends JSON to a path under `/api/v1`, asserts the status, and returns the body.
    pub(super) async fn call(&self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let path = format!("/api/v1{path}");
        self.request(method, &path).json(body).expect(status).await
    }
}

impl Request<'_> {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        if !body.is_null() {
            self.request = self.request.json(&body);
        }
        self
    }

    /// A text as a JSON body.
    pub(super) fn text(mut self, body: impl Into<String>) -> Self {
        let request = self.request.header("content-type", "application/json");
        self.request = request.body(body.into());
        self
    }

    /// Sends the request, asserts the status, and returns the JSON body; null if there is none.
    pub(super) async fn expect(self, status: u16) -> Value {
        let answer = self.send().await;
        let (url, got) = (answer.url().path().to_owned(), answer.status().as_u16());
        let text = answer.text().await.unwrap();
        assert_eq!(got, status, "{url}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Sends the request and returns the status.
    pub(super) async fn status(self) -> u16 {
        self.send().await.status().as_u16()
    }

    async fn send(self) -> Response {
        let mut request = self.request;
        if !self.visitor.token.is_empty() {
            request = request.bearer_auth(&self.visitor.token);
        }
        request.send().await.expect("an answer of the gateway")
    }
}
