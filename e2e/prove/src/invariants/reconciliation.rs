//! Payment's own comparison with the provider, asked for by staff.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Verdict;
use crate::Addresses;

const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);

pub(super) async fn run(addresses: &Addresses) -> Result<Verdict> {
    let mut verdict = Verdict::new(
        "reconciliation_agrees",
        "Payment's own reconciliation with the provider finds no difference",
    );
    let staff = Staff::sign_in(addresses).await?;
    let mut report = staff.reconcile().await?;
    if text(&report, "/reconciliation/requested_by").is_empty() {
        // That one ran by itself, and may have begun long ago.
        report = staff.reconcile().await?;
    }
    let count = |name: &str| report.pointer(name).and_then(Value::as_u64);
    verdict.checked = count("/reconciliation/payments").context("payments are counted")?
        + count("/reconciliation/intents").context("intents are counted")?;
    let differences = report.get("differences").and_then(Value::as_array);
    for difference in differences.context("differences are listed")? {
        let part = |name: &str| text(difference, name);
        verdict.violations.push(format!(
            "{}: payment {} of order {}, intent {}: ours {}, theirs {}",
            part("/kind"),
            part("/payment_id"),
            part("/order_id"),
            part("/provider_reference"),
            part("/ours"),
            part("/theirs")
        ));
    }
    Ok(verdict)
}

struct Staff {
    http: Client,
    base: String,
    token: String,
}

impl Staff {
    async fn sign_in(addresses: &Addresses) -> Result<Self> {
        let mut staff = Self {
            http: Client::new(),
            base: format!("{}/api/v1", addresses.shop),
            token: String::new(),
        };
        let (email, password) = &addresses.staff;
        let credentials = json!({"email": email, "password": password});
        let session = staff
            .ask(Method::POST, "/sessions", Some(&credentials))
            .await?;
        staff.token = text(&session, "/access_token");
        Ok(staff)
    }

    /// Has one carried out and waits for its report.
    async fn reconcile(&self) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        let begun = self
            .ask(Method::POST, "/staff/reconciliations", Some(&json!({})))
            .await?;
        let path = format!("/staff/reconciliations/{}", text(&begun, "/id"));
        loop {
            let report = self.ask(Method::GET, &path, None).await?;
            match text(&report, "/reconciliation/status").as_str() {
                "completed" => return Ok(report),
                "failed" => bail!(
                    "the reconciliation failed: {}",
                    text(&report, "/reconciliation/error")
                ),
                _ => ensure!(Instant::now() < deadline, "the reconciliation does not end"),
            }
            sleep(LOOK).await;
        }
    }

    /// Everything asked here may be asked twice: so it is, when the answer is a 5xx or none.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut failure = anyhow::anyhow!("{method} {path} was not sent");
        for _ in 0..5 {
            match self.send(self.request(&method, path, body)).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => failure = anyhow::anyhow!("{method} {path} is not available"),
                Err(error) => failure = error.context(format!("{method} {path}")),
            }
            sleep(Duration::from_secs(1)).await;
        }
        Err(failure)
    }

    fn request(&self, method: &Method, path: &str, body: Option<&Value>) -> RequestBuilder {
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base))
            .timeout(Duration::from_secs(10));
        let request = match self.token.is_empty() {
            true => request,
            false => request.bearer_auth(&self.token),
        };
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Option<Value>> {
        let answer = request.send().await?;
        let status = answer.status();
        if status.is_server_error() {
            return Ok(None);
        }
        let body: Value = answer.json().await?;
        ensure!(status.is_success(), "{status}: {body}");
        Ok(Some(body))
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}
