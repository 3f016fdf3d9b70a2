//! The command `payment cancel-orphans`: cancels the intents that a reconciliation found without a payment of ours and
//! that hold money. After a restore of the database, these are the holds of the orders that it does not have any more.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use kernel::PaymentId;
use operations::{Action, Reason, command_line};
use persistence::Database;
use serde_json::json;
use service::ServiceConfig;
use uuid::Uuid;

use super::Reconciler;
use crate::config::Config;
use crate::domain::{Difference, DifferenceKind, Intent, Remedy, RunStatus, remedy};

/// Exit code: intents remain that only a person can resolve.
const REMAIN: u8 = 1;
/// Exit code: not every intent was handled. Run it again.
const NOT_RUN: u8 = 2;
/// More differences than a reconciliation records.
const MAX_DIFFERENCES: i64 = 100_000;
const USAGE: &str = "usage: payment cancel-orphans <id of a reconciliation> <reason>";

/// What became of one intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Canceled,
    /// It holds no money, or a payment refers to it by now.
    NothingToDo,
    /// It was captured: someone refunds it at the provider.
    Captured,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::NothingToDo => "nothing to do",
            Self::Captured => "captured, not changed",
        }
    }
}

/// Cancels the orphan intents of a completed reconciliation. Each is recorded as an action first, and prints one line. A
/// captured one is only printed. The exit code is 0 if nothing remains, 1 if captured intents remain, 2 after an error.
pub async fn cancel_orphans(config: Config, arguments: Vec<String>) -> ExitCode {
    match run(config, &arguments).await {
        Ok(code) => code,
        Err(error) => {
            let _closed = writeln!(std::io::stderr(), "payment: {error:#}");
            ExitCode::from(NOT_RUN)
        }
    }
}

async fn run(config: Config, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let [id, reason] = arguments else {
        bail!(USAGE);
    };
    let id: Uuid = id
        .parse()
        .with_context(|| format!("`{id}` is not an id; {USAGE}"))?;
    let reason = Reason::parse(reason).with_context(|| format!("the reason; {USAGE}"))?;
    let ServiceConfig { database, own, .. } = config.own;
    let reconciler = Reconciler::new(&own, Database::new(&database)?)?;
    let run = reconciler.store.run(id).await?;
    let run = run.with_context(|| format!("there is no reconciliation {id}"))?;
    ensure!(
        run.status() == RunStatus::Completed,
        "the reconciliation {id} is not completed"
    );
    let found = reconciler.store.differences(id, MAX_DIFFERENCES).await?;
    let mut captured = 0_usize;
    let mut out = std::io::stdout();
    for (payment_id, reference) in found.iter().filter_map(orphan) {
        let resolved = reconciler.resolve(payment_id, reference, &reason).await;
        let (outcome, theirs) =
            resolved.with_context(|| format!("the intent {reference}; run the command again"))?;
        captured += usize::from(outcome == Outcome::Captured);
        let _closed = writeln!(
            out,
            "{reference}  payment {payment_id}  {theirs}  {}",
            outcome.name()
        );
    }
    let _closed = writeln!(out, "{captured} captured intents remain");
    Ok(match captured {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(REMAIN),
    })
}

/// The payment that an orphan intent names, and the intent's reference. An intent that names none is not the shop's.
fn orphan(difference: &Difference) -> Option<(PaymentId, &str)> {
    match difference.kind {
        DifferenceKind::MissingAtShop | DifferenceKind::UnknownToUs => {
            Some((difference.payment_id?, difference.reference.as_deref()?))
        }
        _ => None,
    }
}

impl Reconciler {
    /// Decides by the present state of both sides, not by the report.
    async fn resolve(
        &self,
        payment_id: PaymentId,
        reference: &str,
        reason: &Reason,
    ) -> anyhow::Result<(Outcome, String)> {
        let intent = self.provider.intent(reference).await?;
        let Some(intent) = intent.filter(|intent| intent.payment_id == Some(payment_id)) else {
            return Ok((Outcome::NothingToDo, "not found".to_owned()));
        };
        let theirs = intent.description();
        let ours = self.store.ours(payment_id).await?;
        // Without a reference yet, the payment may still adopt this intent.
        let is_orphan = ours.is_none_or(|ours| {
            let own = ours.reference.as_deref();
            own.is_some_and(|own| own != reference)
        });
        if !is_orphan {
            return Ok((Outcome::NothingToDo, theirs));
        }
        let outcome = match remedy(&intent) {
            Remedy::Nothing => Outcome::NothingToDo,
            Remedy::Operator => Outcome::Captured,
            Remedy::Cancel => {
                // Recorded before the provider acts: no cancellation lacks a record.
                let mut conn = self.store.database.get().await?;
                operations::record(&mut conn, &cancellation(&intent, reason)).await?;
                drop(conn);
                self.provider.cancel(reference).await?;
                Outcome::Canceled
            }
        };
        Ok((outcome, theirs))
    }
}

fn cancellation(intent: &Intent, reason: &Reason) -> Action {
    let held = json!({
        "status": intent.status,
        "amount_minor": intent.amount,
        "currency": intent.currency,
        "payment_id": intent.payment_id,
        "order_id": intent.order_id,
    });
    Action::new("orphan_intent.cancel", &intent.reference, command_line())
        .reason(reason.clone())
        .removed(held)
}
