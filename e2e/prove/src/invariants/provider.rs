//! Intents and refunds at the provider, read through its API (Stripe's).

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::Value;

use super::facts::By;
use crate::Addresses;

#[derive(Debug)]
pub(super) struct ProviderFacts {
    pub(super) intents: BTreeMap<String, Intent>,
    pub(super) refunds: BTreeMap<String, Refund>,
}

#[derive(Debug)]
pub(super) struct Intent {
    pub(super) status: String,
    pub(super) amount: i64,
    /// Authorized and not captured.
    pub(super) capturable: i64,
    /// Captured.
    pub(super) received: i64,
    /// The payment in its metadata.
    pub(super) payment: String,
    /// The order in its metadata.
    pub(super) order: String,
}

impl Intent {
    pub(super) fn has_money(&self) -> bool {
        self.capturable > 0 || self.received > 0
    }
}

#[derive(Debug)]
pub(super) struct Refund {
    pub(super) intent: String,
    pub(super) amount: i64,
    pub(super) status: String,
}

impl ProviderFacts {
    pub(super) async fn read(addresses: &Addresses) -> Result<Self> {
        let mut facts = Self {
            intents: BTreeMap::new(),
            refunds: BTreeMap::new(),
        };
        for intent in list(addresses, "payment_intents").await? {
            let text = |pointer: &str| text(&intent, pointer);
            let read = Intent {
                status: text("/status"),
                amount: number(&intent, "amount")?,
                capturable: number(&intent, "amount_capturable")?,
                received: number(&intent, "amount_received")?,
                payment: text("/metadata/payment_id"),
                order: text("/metadata/order_id"),
            };
            facts.intents.insert(text("/id"), read);
        }
        for refund in list(addresses, "refunds").await? {
            let read = Refund {
                intent: text(&refund, "/payment_intent"),
                amount: number(&refund, "amount")?,
                status: text(&refund, "/status"),
            };
            facts.refunds.insert(text(&refund, "/id"), read);
        }
        Ok(facts)
    }

    /// Intents by the payment in their metadata.
    pub(super) fn by_payment(&self) -> By<(&String, &Intent)> {
        let mut map = By::new();
        for (id, intent) in &self.intents {
            let intents: &mut Vec<_> = map.entry(intent.payment.clone()).or_default();
            intents.push((id, intent));
        }
        map
    }

    /// The refunded amount of an intent.
    pub(super) fn refunded(&self, intent: &str) -> i64 {
        let refunds = self.refunds.values();
        refunds
            .filter(|refund| refund.intent == intent && refund.status == "succeeded")
            .map(|refund| refund.amount)
            .sum()
    }
}

async fn list(addresses: &Addresses, what: &str) -> Result<Vec<Value>> {
    let http = Client::new();
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = match all.last() {
            Some(last) => format!("&starting_after={}", text(last, "/id")),
            None => String::new(),
        };
        let url = format!("{}/v1/{what}?limit=100{after}", addresses.provider);
        let answer = http
            .get(url)
            .bearer_auth(&addresses.provider_key)
            .timeout(Duration::from_secs(10))
            .send()
            .await
            .context("the provider does not answer")?;
        ensure!(
            answer.status().is_success(),
            "the provider answers {}",
            answer.status()
        );
        let page: Value = answer.json().await?;
        let items = page
            .get("data")
            .and_then(Value::as_array)
            .context("the provider does not answer with a list")?;
        all.extend(items.iter().cloned());
        if page.get("has_more") != Some(&Value::Bool(true)) || items.is_empty() {
            return Ok(all);
        }
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> Result<i64> {
    let found = value.get(name).and_then(Value::as_i64);
    found.with_context(|| format!("the provider's answer has no {name}"))
}
