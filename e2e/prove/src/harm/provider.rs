//! The provider through the controls of the sandbox.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Harm, pick};
use crate::faults::FaultKind;

/// More calls than a fault lasts.
const ALL: u32 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(5);

/// The body that ends what a control began.
fn end_of(control: &str) -> Value {
    match control {
        "lose" => json!({"next": 0}),
        "fail" => json!({"next": 0, "status": 503}),
        _ => json!({}),
    }
}

/// What a fault of the provider does, in words, and the control with its body.
fn misbehavior(kind: FaultKind, draw: u64) -> (&'static str, &'static str, Value) {
    let variants: &[(&'static str, &'static str, Value)] = &match kind {
        FaultKind::LostAnswers => [
            (
                "acts, then hangs up",
                "lose",
                json!({"next": ALL, "acts": true}),
            ),
            (
                "hangs up at times, before or after acting",
                "chaos",
                json!({"lost_answer_rate": 0.6, "seed": draw >> 16}),
            ),
        ],
        FaultKind::ProviderErrors => [
            (
                "acts and answers 500, again and again",
                "fail",
                json!({"next": ALL, "status": 500, "mode": "act"}),
            ),
            (
                "answers 503 or 429 at times",
                "chaos",
                json!({"error_rate": 0.6, "seed": draw >> 16}),
            ),
        ],
        FaultKind::Webhooks => [
            (
                "webhooks twice and in another order",
                "webhooks",
                json!({"duplicate": 1.0, "reorder": true}),
            ),
            (
                "webhooks late, or never",
                "webhooks",
                json!({"delay_ms": 4_000, "drop": 0.4}),
            ),
        ],
        _ => [
            ("takes up to 6 s", "chaos", json!({"latency_ms": 6_000})),
            ("takes 3 s to answer", "latency", json!({"after_ms": 3_000})),
        ],
    };
    pick(variants, draw).clone()
}

/// The misbehavior in words.
pub(super) fn target(kind: FaultKind, draw: u64) -> String {
    misbehavior(kind, draw).0.to_owned()
}

impl Harm {
    pub(super) async fn provider_misbehaves(
        &self,
        kind: FaultKind,
        draw: u64,
        hold: Duration,
    ) -> Result<()> {
        let (_, control, body) = misbehavior(kind, draw);
        self.tell_provider(control, &body).await?;
        self.hold(hold).await;
        // It may be dead right now; what it was told outlives it.
        while let Err(_dead) = self.tell_provider(control, &end_of(control)).await {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok(())
    }

    /// Ends all misbehavior.
    pub(super) async fn calm_provider(&self) -> Result<()> {
        self.tell_provider("calm", &json!({})).await
    }

    pub(super) async fn tell_provider(&self, control: &str, body: &Value) -> Result<()> {
        let url = format!("{}/_sandbox/{control}", self.house.addresses.provider);
        let request = self.http.post(url).timeout(PATIENCE).json(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Lets the hold of an order run out that was paid for and not shipped.
    pub(super) async fn expire(&self, draw: u64) -> Result<String> {
        // Not of the provider's own API: reads of that may fail by our own doing.
        let url = format!(
            "{}/_sandbox/state?limit=2000",
            self.house.addresses.provider
        );
        let answer = self.http.get(url).timeout(PATIENCE).send().await?;
        let list: Value = answer.error_for_status()?.json().await?;
        let held: Vec<&str> = list
            .get("payment_intents")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|intent| {
                intent.get("status").and_then(Value::as_str) == Some("requires_capture")
            })
            .filter_map(|intent| intent.get("id").and_then(Value::as_str))
            .collect();
        if held.is_empty() {
            return Ok("nothing is held".to_owned());
        }
        let intent = *pick(&held, draw);
        self.tell_provider(&format!("payment_intents/{intent}/expire"), &json!({}))
            .await?;
        Ok(intent.to_owned())
    }
}
