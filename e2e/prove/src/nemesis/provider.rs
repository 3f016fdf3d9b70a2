//! Faults of the provider, injected through the controls of the sandbox.

use std::time::Duration;

use anyhow::Result;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Nemesis, pick};
use crate::faults::FaultKind;

/// More calls than the provider gets during a fault.
const ALL: u32 = 1_000_000;
const TIMEOUT: Duration = Duration::from_secs(5);

/// The request body that turns a control off.
fn body_off(control: &str) -> Value {
    match control {
        "lose" => json!({"next": 0}),
        "fail" => json!({"next": 0, "status": 503}),
        _ => json!({}),
    }
}

/// A description of the fault, the control that injects it, and the request body.
fn variant(kind: FaultKind, draw: u64) -> (&'static str, &'static str, Value) {
    let variants: &[(&'static str, &'static str, Value)] = &match kind {
        FaultKind::LostAnswers => [
            (
                "acts, then closes the connection",
                "lose",
                json!({"next": ALL, "acts": true}),
            ),
            (
                "closes 60 % of connections, before or after acting",
                "chaos",
                json!({"lost_answer_rate": 0.6, "seed": draw >> 16}),
            ),
        ],
        FaultKind::ProviderErrors => [
            (
                "acts, then answers 500",
                "fail",
                json!({"next": ALL, "status": 500, "mode": "act"}),
            ),
            (
                "answers 60 % of calls with 503 or 429",
                "chaos",
                json!({"error_rate": 0.6, "seed": draw >> 16}),
            ),
        ],
        FaultKind::Webhooks => [
            (
                "duplicated and reordered",
                "webhooks",
                json!({"duplicate": 1.0, "reorder": true}),
            ),
            (
                "delayed by 4 s, 40 % dropped",
                "webhooks",
                json!({"delay_ms": 4_000, "drop": 0.4}),
            ),
        ],
        _ => [
            (
                "answers after up to 6 s",
                "chaos",
                json!({"latency_ms": 6_000}),
            ),
            ("answers after 3 s", "latency", json!({"after_ms": 3_000})),
        ],
    };
    pick(variants, draw).clone()
}

/// What the fault does, for its record.
pub(super) fn description(kind: FaultKind, draw: u64) -> String {
    variant(kind, draw).0.to_owned()
}

impl Nemesis {
    pub(super) async fn provider_fault(
        &self,
        kind: FaultKind,
        draw: u64,
        duration: Duration,
    ) -> Result<()> {
        let (_, control, body) = variant(kind, draw);
        self.call_sandbox(control, &body).await?;
        self.wait(duration).await;
        // The sandbox persists its controls, so it must be up again to end the fault.
        while let Err(_down) = self.call_sandbox(control, &body_off(control)).await {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok(())
    }

    /// Turns all controls off.
    pub(super) async fn reset_provider(&self) -> Result<()> {
        self.call_sandbox("calm", &json!({})).await
    }

    pub(super) async fn call_sandbox(&self, control: &str, body: &Value) -> Result<()> {
        let url = format!("{}/_sandbox/{control}", self.cluster.addresses.provider);
        let request = self.http.post(url).json(body);
        let request = self.with_control_key(request);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    fn with_control_key(&self, request: RequestBuilder) -> RequestBuilder {
        let key = &self.cluster.addresses.control_key;
        request.timeout(TIMEOUT).header("Sandbox-Control-Key", key)
    }

    /// Expires one authorization that was not captured. Returns its intent.
    pub(super) async fn expire_authorization(&self, draw: u64) -> Result<String> {
        // Not the provider's API, on which another fault may be active.
        let url = format!(
            "{}/_sandbox/state?limit=2000",
            self.cluster.addresses.provider
        );
        let request = self.with_control_key(self.http.get(url));
        let answer = request.send().await?;
        let list: Value = answer.error_for_status()?.json().await?;
        let authorized: Vec<&str> = list
            .get("payment_intents")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|intent| {
                intent.get("status").and_then(Value::as_str) == Some("requires_capture")
            })
            .filter_map(|intent| intent.get("id").and_then(Value::as_str))
            .collect();
        if authorized.is_empty() {
            return Ok("no authorization is open".to_owned());
        }
        let intent = *pick(&authorized, draw);
        self.call_sandbox(&format!("payment_intents/{intent}/expire"), &json!({}))
            .await?;
        Ok(intent.to_owned())
    }
}
