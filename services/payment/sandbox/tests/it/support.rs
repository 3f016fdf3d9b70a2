//! A sandbox of the test's own.

use chassis::{Running, Shutdown, config};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

pub(crate) const KEY: &str = "sk_test_ours";

pub(crate) struct App {
    pub(crate) running: Running,
    pub(crate) http: Client,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

impl App {
    pub(crate) async fn start() -> Self {
        let source = config::Source::defaults("sandbox", sandbox::config::DEFAULTS)
            .set("http.listen", "127.0.0.1:0")
            .set("admin.listen", "127.0.0.1:0")
            .set("provider.secret_key", KEY);
        let config = config::load(&source).unwrap();
        let running = sandbox::start(config, Shutdown::for_tests()).await.unwrap();
        Self {
            running,
            http: Client::new(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    /// A form-encoded POST with our key.
    pub(crate) fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(KEY).form(form)
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        send(self.form(path, form)).await
    }

    pub(crate) async fn post_with_key(
        &self,
        key: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        send(self.form(path, form).header("Idempotency-Key", key)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.http.get(self.url(path)).bearer_auth(KEY)).await
    }

    /// A call of the controls.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Answer {
        send(self.http.post(self.url(path)).json(&body)).await
    }

    /// A held intent of 12.99 EUR.
    pub(crate) async fn hold(&self) -> String {
        let answer = self.post("/v1/payment_intents", &HOLD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// A captured intent of 12.99 EUR.
    pub(crate) async fn paid(&self) -> String {
        let id = self.hold().await;
        let path = format!("/v1/payment_intents/{id}/capture");
        assert_eq!(self.post(&path, &[]).await.status, 200);
        id
    }
}

/// The parameters of a held intent.
pub(crate) const HOLD: [(&str, &str); 5] = [
    ("amount", "1299"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
    ("capture_method", "manual"),
];

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the sandbox answers");
    let status = response.status().as_u16();
    let replayed = response.headers().contains_key("Idempotent-Replayed");
    let body = response.json().await.expect("JSON");
    Answer {
        status,
        replayed,
        body,
    }
}
