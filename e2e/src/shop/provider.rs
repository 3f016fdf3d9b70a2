use serde_json::{Value, json};

use super::{SECRET_KEY, Shop, WEBHOOK_SECRET};
use crate::Answer;

/// The provider: its state, its events and its webhooks.
impl Shop {
    /// Ends an order's challenge as the customer would on their bank's page: `succeed` or `fail`.
    pub async fn authenticate(&self, order: &str, outcome: &str) {
        let path = format!(
            "payment_intents/{}/authenticate",
            self.intent_of(order).await
        );
        self.misbehave(&path, json!({"outcome": outcome})).await;
    }

    /// Expires an order's authorization, as card networks do after some days.
    pub async fn expire(&self, order: &str) {
        let path = format!("payment_intents/{}/expire", self.intent_of(order).await);
        self.misbehave(&path, json!({})).await;
    }

    /// The payment intent of an order.
    pub async fn intent_of(&self, order: &str) -> String {
        let payment = self
            .staff()
            .await
            .get(&format!("/orders/{order}/payment"))
            .await;
        let id = payment["provider_reference"].as_str();
        id.expect("a payment intent").to_owned()
    }

    /// The body of a `GET` at the provider.
    pub async fn provider_says(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.sandbox.url());
        let request = reqwest::Client::new().get(url).bearer_auth(SECRET_KEY);
        let answer = request.send().await.expect("an answer of the sandbox");
        answer.json().await.expect("JSON")
    }

    /// Status and minor units of each refund at the provider.
    pub async fn refunds(&self) -> Vec<(String, i64)> {
        let list = self.provider_says("/v1/refunds?limit=100").await;
        let refund = |refund: &Value| {
            let status = refund["status"].as_str().expect("a status");
            let amount = refund["amount"].as_i64().expect("an amount");
            (status.to_owned(), amount)
        };
        let refunds = list["data"].as_array().expect("a list");
        refunds.iter().map(refund).collect()
    }

    /// Sends a webhook to the gateway, as the provider or a forger would.
    pub async fn send_webhook(&self, body: String, signature: &str) -> Answer {
        let url = format!("{}/webhooks/stripe", self.gateway.url());
        let request = reqwest::Client::new().post(url).body(body);
        let request = request.header("Stripe-Signature", signature);
        let response = request.send().await.expect("an answer of the gateway");
        Answer::read(response).await.expect("JSON")
    }

    /// The secret that signs webhooks.
    pub fn webhook_secret() -> &'static str {
        WEBHOOK_SECRET
    }
}
