//! One sandbox per test, and a client of it.

use chassis::{Running, Shutdown, config};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

pub(crate) const KEY: &str = "sk_test_key";
/// The key of the controls.
pub(crate) const CONTROL_KEY: &str = "0123456789abcdef0123456789abcdef";
/// The header that carries it.
pub(crate) const CONTROL_HEADER: &str = "Sandbox-Control-Key";
pub(crate) const INTENTS: &str = "/v1/payment_intents";

pub(crate) struct App {
    url: String,
    pub(crate) http: Client,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with configuration keys set.
    pub(crate) async fn start_with(changes: &[(&str, &str)]) -> Self {
        let mut source = config::Source::defaults(sandbox::ABOUT)
            .set("http.listen", "127.0.0.1:0")
            .set("admin.listen", "127.0.0.1:0")
            .set("provider.secret_key", KEY)
            .set("controls.key", CONTROL_KEY)
            .set("webhooks.first_delay_ms", "20")
            .set("webhooks.max_delay_ms", "100");
        for (key, value) in changes {
            source = source.set(key, value);
        }
        let config = config::load(&source).unwrap();
        let running: Running = sandbox::start(config, Shutdown::for_tests()).await.unwrap();
        Self::at(running.url())
    }

    /// A unique name.
    pub(crate) fn unique() -> String {
        format!("mercantile-sandbox-{}", uuid::Uuid::now_v7().simple())
    }

    /// A client of a sandbox that is running.
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            http: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A form-encoded POST with the API key.
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

    /// A POST whose connection is cut.
    pub(crate) async fn post_and_lose(&self, key: &str, path: &str, form: &[(&str, &str)]) {
        let request = self.form(path, form).header("Idempotency-Key", key);
        let cut = match request.send().await {
            Err(error) => error,
            Ok(answer) => answer.bytes().await.expect_err("the connection is cut"),
        };
        assert!(!cut.is_timeout());
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.http.get(self.url(path)).bearer_auth(KEY)).await
    }

    /// Calls a control; it must succeed.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let answer = self.try_control(path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Calls a control.
    pub(crate) async fn try_control(&self, path: &str, body: Value) -> Answer {
        let url = self.url(&format!("/_sandbox/{path}"));
        let request = self.http.post(url).header(CONTROL_HEADER, CONTROL_KEY);
        send(request.json(&body)).await
    }

    pub(crate) async fn state(&self) -> Value {
        self.get_state("").await
    }

    /// The state for auditors, with a query such as `?limit=1`.
    pub(crate) async fn get_state(&self, query: &str) -> Value {
        let request = self.http.get(self.url(&format!("/_sandbox/state{query}")));
        send(request.header(CONTROL_HEADER, CONTROL_KEY)).await.body
    }

    /// Ids and kinds of the events, oldest first.
    pub(crate) async fn events(&self) -> Vec<(String, String)> {
        let page = self.get("/v1/events?limit=100").await.body;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let events = page["data"].as_array().unwrap().iter().rev();
        events
            .map(|event| (text(&event["id"]), text(&event["type"])))
            .collect()
    }

    /// Kinds of the events, oldest first.
    pub(crate) async fn event_kinds(&self) -> Vec<String> {
        self.events()
            .await
            .into_iter()
            .map(|(_, kind)| kind)
            .collect()
    }

    /// An authorized intent of 12.99 EUR.
    pub(crate) async fn authorize(&self) -> String {
        self.authorize_with("pm_card_visa").await
    }

    /// The same with another payment method.
    pub(crate) async fn authorize_with(&self, payment_method: &str) -> String {
        let form = authorization_with(payment_method);
        let answer = self.post(INTENTS, &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        id_of(&answer.body)
    }

    /// A captured intent of 12.99 EUR.
    pub(crate) async fn paid(&self) -> String {
        self.paid_with("pm_card_visa").await
    }

    /// The same with another payment method.
    pub(crate) async fn paid_with(&self, payment_method: &str) -> String {
        let id = self.authorize_with(payment_method).await;
        let path = format!("{INTENTS}/{id}/capture");
        assert_eq!(self.post(&path, &[]).await.status, 200);
        id
    }

    /// A refund of all that is left.
    pub(crate) async fn refund(&self, intent: &str) -> Value {
        let answer = self
            .post("/v1/refunds", &[("payment_intent", intent)])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn intent(&self, id: &str) -> Value {
        self.get(&format!("{INTENTS}/{id}")).await.body
    }
}

/// The parameters of an authorized intent.
pub(crate) const AUTHORIZATION: [(&str, &str); 5] = [
    ("amount", "1299"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
    ("capture_method", "manual"),
];

/// The same with another payment method.
pub(crate) fn authorization_with(payment_method: &str) -> [(&str, &str); 5] {
    let mut form = AUTHORIZATION;
    form[2].1 = payment_method;
    form
}

pub(crate) fn id_of(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

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
