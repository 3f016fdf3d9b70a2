//! Payment's own reconciliation with the provider, requested by staff.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Check;
use crate::Addresses;

const TIMEOUT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Staff tokens are valid for 5 minutes.
const TOKEN_AGE: Duration = Duration::from_secs(120);
/// Between two codes of the second factor.
const CODE_INTERVAL: Duration = Duration::from_secs(10);

/// The report of a completed reconciliation.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The reconciliation's id.
    pub(crate) id: String,
    /// Payments and intents.
    pub(super) compared: u64,
    pub(crate) differences: Vec<Difference>,
}

/// A difference as the staff API reports it.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) kind: String,
    pub(crate) order: String,
    pub(crate) payment: String,
    /// The provider's id of the intent.
    pub(crate) intent: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: payment {} of order {}, intent {}: ours {}, theirs {}",
            self.kind, self.payment, self.order, self.intent, self.ours, self.theirs
        )
    }
}

pub(super) async fn run(addresses: &Addresses) -> Result<Check> {
    let mut check = Check::new(
        "reconciliation_agrees",
        "Payment's own reconciliation with the provider finds no difference",
    );
    let report = report(&Staff::sign_in(addresses).await?).await?;
    check.checked = report.compared;
    check.violations = report.differences.iter().map(ToString::to_string).collect();
    Ok(check)
}

/// Requests a reconciliation that begins after this call, and waits for its report.
pub(crate) async fn report(staff: &Staff) -> Result<Report> {
    let mut report = staff.reconcile().await?;
    if text(&report, "/reconciliation/requested_by").is_empty() {
        // That one was started by the schedule, and may have begun before the last change.
        report = staff.reconcile().await?;
    }
    let count = |name: &str| report.pointer(name).and_then(Value::as_u64);
    let compared = count("/reconciliation/payments")
        .context("the reconciliation has no number of payments")?
        + count("/reconciliation/intents")
            .context("the reconciliation has no number of intents")?;
    let differences = report.get("differences").and_then(Value::as_array);
    let differences = differences.context("the reconciliation has no list of differences")?;
    let difference = |difference: &Value| {
        let part = |name: &str| text(difference, name);
        Difference {
            kind: part("/kind"),
            order: part("/order_id"),
            payment: part("/payment_id"),
            intent: part("/provider_reference"),
            ours: part("/ours"),
            theirs: part("/theirs"),
        }
    };
    Ok(Report {
        id: text(&report, "/reconciliation/id"),
        compared,
        differences: differences.iter().map(difference).collect(),
    })
}

/// The demo staff account, signed in.
pub(crate) struct Staff {
    http: Client,
    base: String,
    token: String,
}

impl Staff {
    pub(crate) async fn sign_in(addresses: &Addresses) -> Result<Self> {
        let mut staff = Self {
            http: Client::new(),
            base: format!("{}/api/v1", addresses.shop),
            token: String::new(),
        };
        let mut kept = addresses.staff_token.0.lock().await;
        if let Some((at, token)) = &*kept
            && at.elapsed() < TOKEN_AGE
        {
            staff.token.clone_from(token);
            return Ok(staff);
        }
        let (email, password) = &addresses.staff;
        let credentials = json!({"email": email, "password": password});
        let session = staff
            .send(Method::POST, "/sessions", Some(&credentials))
            .await?;
        staff.token = staff.step_up(&text(&session, "/access_token")).await?;
        *kept = Some((Instant::now(), staff.token.clone()));
        Ok(staff)
    }

    /// Proves the second factor. Waits for a code that no other client of the account has used.
    async fn step_up(&self, token: &str) -> Result<String> {
        let client = client::Client::new(self.http.clone(), self.base.clone());
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let answer = client.step_up(token).await?;
            if answer.is_success() {
                return Ok(answer.text("/access_token"));
            }
            let is_used = answer.problem() == "code-invalid";
            ensure!(
                is_used && Instant::now() < deadline,
                "the second factor is refused: {}",
                answer.status
            );
            sleep(CODE_INTERVAL).await;
        }
    }

    /// Requests the shipment of an order.
    pub(crate) async fn ship(&self, order: &str) -> Result<()> {
        let parcel = json!({"tracking_number": format!("PARCEL-{order}")});
        let path = format!("/staff/orders/{order}/shipment");
        self.send(Method::POST, &path, Some(&parcel)).await?;
        Ok(())
    }

    /// Requests a reconciliation, or joins the one in progress, and waits for its report.
    async fn reconcile(&self) -> Result<Value> {
        let deadline = Instant::now() + TIMEOUT;
        let begun = self
            .send(Method::POST, "/staff/reconciliations", Some(&json!({})))
            .await?;
        let path = format!("/staff/reconciliations/{}", text(&begun, "/id"));
        loop {
            let report = self.send(Method::GET, &path, None).await?;
            match text(&report, "/reconciliation/status").as_str() {
                "completed" => return Ok(report),
                "failed" => bail!(
                    "the reconciliation failed: {}",
                    text(&report, "/reconciliation/error")
                ),
                _ => ensure!(
                    Instant::now() < deadline,
                    "the reconciliation takes longer than {} s",
                    TIMEOUT.as_secs()
                ),
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Sends a request, up to five times after errors: every request here may be repeated.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut failure = anyhow::anyhow!("{method} {path} was not sent");
        for _ in 0..5 {
            match self.send_once(self.request(&method, path, body)).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {
                    failure = anyhow::anyhow!("{method} {path} answers with a server error")
                }
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

    /// `None` after a 5xx.
    async fn send_once(&self, request: RequestBuilder) -> Result<Option<Value>> {
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
