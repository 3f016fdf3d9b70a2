use client::{Answer, Client, Request};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::http_client;

/// A client of the public API: a guest, or signed in.
#[derive(Debug, Clone)]
pub struct Customer {
    client: Client,
    token: Option<String>,
    cart_token: Option<String>,
    headers: Vec<(&'static str, String)>,
}

impl Customer {
    /// A guest of the shop at `base`.
    ///
    /// # Panics
    /// No HTTP client can be created.
    pub fn guest(base: String) -> Self {
        let http = http_client().build().expect("an HTTP client");
        Self {
            client: Client::new(http, format!("{base}/api/v1")),
            token: None,
            cart_token: None,
            headers: Vec::new(),
        }
    }

    /// Adds this header to all later requests.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Acts with this access token from now on.
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The access token, if signed in.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Registers a new account and signs in. A guest keeps their cart.
    pub async fn register(self) -> Self {
        let email = format!("{}@example.com", uuid::Uuid::now_v7().simple());
        let account = json!({"email": email, "password": PASSWORD, "display_name": "Test"});
        self.call(Method::POST, "/users", Some(account)).await.ok();
        self.sign_in(&email, PASSWORD).await
    }

    /// Signs in. A guest keeps their cart.
    pub async fn sign_in(mut self, email: &str, password: &str) -> Self {
        let credentials = json!({"email": email, "password": password});
        let session = self
            .call(Method::POST, "/sessions", Some(credentials))
            .await
            .ok();
        self.token = Some(text(&session["access_token"]));
        self.cart_token = None;
        self
    }

    /// Signs in as the demo staff account, with its second factor.
    pub async fn sign_in_as_staff(self, email: &str, password: &str) -> Self {
        self.sign_in(email, password).await.step_up().await
    }

    /// Proves the second factor of the demo staff account: all later requests have a fresh token with groups.
    ///
    /// # Panics
    /// The customer is not signed in, or the code is refused.
    pub async fn step_up(mut self) -> Self {
        let token = self.token.as_deref().expect("signed in");
        let answer = self.client.step_up(token).await;
        let session = answer.expect("an answer of the gateway").ok();
        self.token = Some(text(&session["access_token"]));
        self
    }

    /// As staff without a second factor: enrolls one, and confirms it. Returns its secret.
    ///
    /// # Panics
    /// The account is not staff, or has a second factor.
    pub async fn enroll(mut self) -> (Self, Vec<u8>) {
        let enrollment = self
            .call(Method::POST, "/me/second-factor", None)
            .await
            .ok();
        let secret = client::secret_of(&text(&enrollment["secret"])).expect("Base32");
        let code = json!({"code": client::code_now(&secret)});
        let confirmed = self.post("/me/second-factor/confirmation", code).await.ok();
        self.token = Some(text(&confirmed["session"]["access_token"]));
        (self, secret)
    }

    /// The id of the account.
    pub async fn id(&self) -> String {
        text(&self.get("/me").await["id"])
    }

    /// Signs in with the password of [`Customer::register`]: staff have no groups in that session.
    pub async fn sign_in_again(self) -> Self {
        let email = text(&self.get("/me").await["email"]);
        self.sign_in(&email, PASSWORD).await
    }

    /// Sends a request to a path under `/api/v1`.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(method, path, body, None).await
    }

    /// The body of a `GET` under `/api/v1`, which must succeed.
    pub async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.ok()
    }

    /// The answer to a `GET` under `/api/v1`, also if it is a problem.
    pub async fn try_get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Sets a line of the cart.
    pub async fn set_item(&self, sku: &str, body: Value) -> Answer {
        self.call(Method::PUT, &format!("/cart/items/{sku}"), Some(body))
            .await
    }

    /// Changes members of a resource under `/api/v1`, whichever version it has.
    pub async fn change(&self, path: &str, patch: Value) -> Answer {
        let customer = self.clone().with_header("If-Match", "*");
        customer.call(Method::PATCH, path, Some(patch)).await
    }

    /// Sends a `POST` under `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Sets a line of the cart. A guest keeps the returned cart token.
    pub async fn put_into_cart(&mut self, sku: &str, quantity: u32) -> Value {
        let path = format!("/cart/items/{sku}");
        let cart = self
            .call(Method::PUT, &path, Some(json!({"quantity": quantity})))
            .await
            .ok();
        if self.token.is_none() {
            self.cart_token = Some(text(&cart["guest_token"]));
        }
        cart
    }

    /// Checks out with a payment method and an idempotency key.
    pub async fn check_out(&self, payment_method: &str, key: &str) -> Answer {
        let order = json!({"payment_method": payment_method, "shipping_address": {
            "recipient": "Test", "line1": "Hauptstr. 1", "city": "Berlin",
            "postal_code": "10115", "country": "DE"
        }});
        self.send(Method::POST, "/orders", Some(order), Some(key))
            .await
    }

    /// Buys one SKU. Returns the order's id.
    pub async fn buy(&mut self, sku: &str, quantity: u32, payment_method: &str) -> String {
        self.put_into_cart(sku, quantity).await;
        let key = uuid::Uuid::now_v7().to_string();
        let order = self.check_out(payment_method, &key).await.ok();
        assert_eq!(order["status"], "pending", "{order}");
        text(&order["id"])
    }

    /// As staff: requests a refund, of everything if there is no amount in minor units.
    pub async fn request_refund(&self, order: &str, amount: Option<i64>, key: &str) -> Answer {
        let mut body = json!({"reason": "did not fit"});
        if let Some(units) = amount {
            body["amount"] = json!({"minor_units": units, "currency": "EUR"});
        }
        self.send(
            Method::POST,
            &format!("/staff/orders/{order}/refunds"),
            Some(body),
            Some(key),
        )
        .await
    }

    /// Asks for the return of units of a SKU.
    pub async fn request_return(&self, order: &str, sku: &str, units: u32, key: &str) -> Answer {
        let path = format!("/orders/{order}/returns");
        let body = json!({
            "lines": [{"sku": sku, "quantity": units}], "reason": "changed_mind"
        });
        self.send(Method::POST, &path, Some(body), Some(key)).await
    }

    /// Waits until the order has this status and nothing is in progress. Returns the order.
    pub async fn wait_for(&self, order: &str, status: &str) -> Value {
        self.wait_until(order, &format!("order is {status}"), |order| {
            order["status"] == status && order["in_progress"] == false
        })
        .await
    }

    /// Waits until the order satisfies `condition`. Returns the order.
    pub async fn wait_until(
        &self,
        order: &str,
        what: &str,
        condition: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = format!("/orders/{order}");
        eventually(what, async || {
            Some(self.get(&path).await).filter(&condition)
        })
        .await
    }

    /// The order's status now.
    pub async fn status(&self, order: &str) -> String {
        text(&self.get(&format!("/orders/{order}")).await["status"])
    }

    /// As staff: ships the order.
    pub async fn ship(&self, order: &str) -> Value {
        let parcel = json!({"tracking_number": "TRACK-1"});
        self.post(&format!("/staff/orders/{order}/shipment"), parcel)
            .await
            .ok()
    }

    /// Service and kind of each entry of the timeline: `catalog:stock_reserved`.
    pub async fn timeline(&self, order: &str) -> Vec<String> {
        let timeline = self.get(&format!("/orders/{order}/timeline")).await;
        let entries = timeline["items"].as_array().expect("entries");
        let show = |entry: &Value| format!("{}:{}", text(&entry["service"]), text(&entry["kind"]));
        entries.iter().map(show).collect()
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        idempotency_key: Option<&str>,
    ) -> Answer {
        let mut request = Request::new(method, path, body);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.token(token);
        }
        if let Some(token) = &self.cart_token {
            request = request.cart_token(token);
        }
        if let Some(key) = idempotency_key {
            request = request.idempotency_key(key);
        }
        self.client
            .send(&request)
            .await
            .expect("an answer of the gateway")
    }
}

/// The password of [`Customer::register`].
pub const PASSWORD: &str = "a password for tests";

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text, not {value}"))
        .to_owned()
}
