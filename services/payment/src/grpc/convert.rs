use chassis::telemetry;
use contracts::convert::timestamp;
use contracts::payment::v1;
use contracts::types::v1::NextAction;
use kernel::{Money, OrderId, Violations};
use tonic::Status;

use super::reasons::invalid;
use crate::domain::{self, Balance, BookedEntry, Difference, Payment, Run, RunStatus};

/// Reads the id of an order, and sets it on the current span.
pub(super) fn order_id(text: &str) -> Result<OrderId, Status> {
    let id = text.parse();
    let id: OrderId = id.map_err(|error| invalid(Violations::one("order_id", error)))?;
    telemetry::correlate(id);
    Ok(id)
}

/// A payment, with the provider's decline code for staff only.
pub(super) fn payment(payment: Payment, for_staff: bool) -> v1::Payment {
    let amount = payment.amount();
    let refunded = amount.map(|amount| Money::new(payment.refunded, amount.currency()));
    let reason = payment.buyer_reason().unwrap_or_default();
    let code = payment.decline_code.filter(|_| for_staff);
    v1::Payment {
        id: payment.id.to_string(),
        order_id: payment.order_id.to_string(),
        status: status(payment.status).into(),
        amount: amount.map(Into::into),
        refunded: refunded.map(Into::into),
        decline_code: code.unwrap_or_default(),
        decline_reason: reason.to_owned(),
        provider_reference: payment.reference.unwrap_or_default(),
        created_at: Some(timestamp(payment.created_at)),
        next_action: payment.redirect_url.map(|redirect_url| NextAction {
            redirect_url,
            // `order` decides how long it waits.
            expires_at: None,
        }),
        request_rejected: payment.request_rejected,
    }
}

impl From<BookedEntry> for v1::LedgerEntry {
    fn from(entry: BookedEntry) -> Self {
        Self {
            transaction_id: entry.transaction_id.to_string(),
            kind: entry.kind,
            account: entry.account,
            amount: Some(entry.amount.into()),
            booked_at: Some(timestamp(entry.booked_at)),
        }
    }
}

impl From<Balance> for v1::Balance {
    fn from(balance: Balance) -> Self {
        Self {
            account: balance.account,
            amount: Some(balance.amount.into()),
        }
    }
}

fn status(status: domain::Status) -> v1::PaymentStatus {
    match status {
        domain::Status::Authorizing => v1::PaymentStatus::Authorizing,
        domain::Status::ActionRequired => v1::PaymentStatus::ActionRequired,
        domain::Status::Expired => v1::PaymentStatus::Expired,
        domain::Status::Authorized => v1::PaymentStatus::Authorized,
        domain::Status::Declined => v1::PaymentStatus::Declined,
        domain::Status::Voided => v1::PaymentStatus::Voided,
        domain::Status::Captured => v1::PaymentStatus::Captured,
    }
}

impl From<Run> for v1::Reconciliation {
    fn from(run: Run) -> Self {
        let (status, error) = match run.status() {
            RunStatus::Running => (v1::ReconciliationStatus::Running, ""),
            RunStatus::Completed => (v1::ReconciliationStatus::Completed, ""),
            RunStatus::Failed(error) => (v1::ReconciliationStatus::Failed, error),
        };
        let requested_by = run.requested_by.map(|user| user.to_string());
        Self {
            id: run.id.to_string(),
            status: status.into(),
            requested_by: requested_by.unwrap_or_default(),
            from: Some(timestamp(run.window_from)),
            until: Some(timestamp(run.window_until)),
            payments: count(run.payments),
            intents: count(run.intents),
            differences: count(run.differences),
            requested_at: Some(timestamp(run.requested_at)),
            finished_at: run.finished_at.map(timestamp),
            error: error.to_owned(),
        }
    }
}

impl From<Difference> for v1::Difference {
    fn from(difference: Difference) -> Self {
        let order_id = difference.order_id.map(|id| id.to_string());
        let payment_id = difference.payment_id.map(|id| id.to_string());
        Self {
            kind: difference.kind.name().to_owned(),
            order_id: order_id.unwrap_or_default(),
            payment_id: payment_id.unwrap_or_default(),
            provider_reference: difference.reference.unwrap_or_default(),
            ours: difference.ours,
            theirs: difference.theirs,
        }
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
