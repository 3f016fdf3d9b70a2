use serde_json::{Value, json};

use super::{SECRET_KEY, Shop, WEBHOOK_SECRET};
use crate::Answer;

/// The provider, and what it tells.
impl Shop {
    /// Ends an order's challenge as the customer would on her bank's page: `succeed` or `fail`.
    pub async fn authenticate(&self, order: &str, outcome: &str) {
        let path = format!(
            "payment_intents/{}/authenticate",
            self.intent_of(order).await
        );
        self.misbehave(&path, json!({"outcome": outcome})).await;
    }

    /// Lets an order's hold run out, as card networks do after some days.
    pub async fn expire(&self, order: &str) {
        let path = format!("payment_intents/{}/expire", self.intent_of(order).await);
        self.misbehave(&path, json!({})).await;
    }

    /// The provider's id of what an order is paid with.
    pub async fn intent_of(&self, order: &str) -> String {
        let payment = self
            .staff()
            .await
            .get(&format!("/orders/{order}/payment"))
            .await;
        let id = payment["provider_reference"].as_str();
        id.expect("the provider was asked").to_owned()
    }

    /// What the provider says under a path of its API.
    pub async fn provider_says(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.sandbox.url());
        let request = reqwest::Client::new().get(url).bearer_auth(SECRET_KEY);
        let answer = request.send().await.expect("answers");
        answer.json().await.expect("the sandbox speaks JSON")
    }

    /// How the provider sees its refunds: (status, cents).
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

    /// Sends a webhook to the gateway, as the provider does or somebody who pretends to be it.
    pub async fn tell(&self, body: String, signature: &str) -> Answer {
        let url = format!("{}/webhooks/stripe", self.gateway.url());
        let request = reqwest::Client::new().post(url).body(body);
        let request = request.header("Stripe-Signature", signature);
        let response = request.send().await.expect("the gateway answers");
        Answer::read(response).await.expect("JSON")
    }

    /// What webhooks are signed with.
    pub fn webhook_secret() -> &'static str {
        WEBHOOK_SECRET
    }
}
