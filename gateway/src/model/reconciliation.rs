use chrono::{DateTime, Utc};
use contracts::payment::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{convert_all, id, optional_id, optional_text, optional_time, required, time};
use crate::edge::problem::Problem;

/// The status of a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReconciliationStatus {
    /// Waiting or running.
    Running,
    /// All payments of its window were compared.
    Completed,
    /// It failed: see `error`.
    Failed,
}

/// A comparison of the shop's payments with the provider's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    /// The reconciliation's id.
    pub(crate) id: Uuid,
    /// The status.
    pub(crate) status: ReconciliationStatus,
    /// The staff member who started it; absent if the schedule or the command line did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_by: Option<Uuid>,
    /// Start of the window, inclusive.
    pub(crate) from: DateTime<Utc>,
    /// End of the window, exclusive.
    pub(crate) until: DateTime<Utc>,
    /// Number of the shop's payments that were compared.
    pub(crate) payments: u64,
    /// Number of the provider's intents that were compared.
    pub(crate) intents: u64,
    /// Number of differences.
    pub(crate) differences: u64,
    /// When it was requested.
    pub(crate) requested_at: DateTime<Utc>,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the provider did not answer")]
    pub(crate) error: Option<String>,
}

/// One page of reconciliations.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reconciliations {
    /// Newest first.
    #[serde(rename = "items")]
    pub(crate) reconciliations: Vec<Reconciliation>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

/// A difference between the shop's payment and the provider's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Difference {
    /// `missing_at_provider`, `unknown_to_us`, `missing_at_shop`, `status`, `amount`, `captured`, `refunded` or `ledger`.
    #[schema(example = "captured")]
    pub(crate) kind: String,
    /// The order; absent for an intent that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<Uuid>,
    /// The payment; absent for an intent that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_id: Option<Uuid>,
    /// The provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3Mtw")]
    pub(crate) provider_reference: Option<String>,
    /// The shop's value: a status, or an amount in minor units with its currency.
    #[schema(example = "captured 10.00 EUR")]
    pub(crate) ours: String,
    /// The provider's value.
    #[schema(example = "captured 9.00 EUR")]
    pub(crate) theirs: String,
}

/// A reconciliation with its differences.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReconciliationReport {
    /// The reconciliation.
    pub(crate) reconciliation: Reconciliation,
    /// At most 1,000, the oldest payments first.
    pub(crate) differences: Vec<Difference>,
}

impl TryFrom<v1::Reconciliation> for Reconciliation {
    type Error = Problem;

    fn try_from(run: v1::Reconciliation) -> Result<Self, Problem> {
        let status = match run.status() {
            v1::ReconciliationStatus::Running => Some(ReconciliationStatus::Running),
            v1::ReconciliationStatus::Completed => Some(ReconciliationStatus::Completed),
            v1::ReconciliationStatus::Failed => Some(ReconciliationStatus::Failed),
            v1::ReconciliationStatus::Unspecified => None,
        };
        Ok(Self {
            id: id(&run.id, "Reconciliation.id")?,
            status: required(status, "Reconciliation.status")?,
            requested_by: optional_id(&run.requested_by, "Reconciliation.requested_by")?,
            from: time(run.from, "Reconciliation.from")?,
            until: time(run.until, "Reconciliation.until")?,
            payments: run.payments,
            intents: run.intents,
            differences: run.differences,
            requested_at: time(run.requested_at, "Reconciliation.requested_at")?,
            finished_at: optional_time(run.finished_at),
            error: optional_text(run.error),
        })
    }
}

impl TryFrom<v1::ListReconciliationsResponse> for Reconciliations {
    type Error = Problem;

    fn try_from(reply: v1::ListReconciliationsResponse) -> Result<Self, Problem> {
        Ok(Self {
            reconciliations: convert_all(reply.reconciliations)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}

impl TryFrom<v1::Difference> for Difference {
    type Error = Problem;

    fn try_from(difference: v1::Difference) -> Result<Self, Problem> {
        Ok(Self {
            kind: difference.kind,
            order_id: optional_id(&difference.order_id, "Difference.order_id")?,
            payment_id: optional_id(&difference.payment_id, "Difference.payment_id")?,
            provider_reference: optional_text(difference.provider_reference),
            ours: difference.ours,
            theirs: difference.theirs,
        })
    }
}

impl TryFrom<v1::GetReconciliationResponse> for ReconciliationReport {
    type Error = Problem;

    fn try_from(reply: v1::GetReconciliationResponse) -> Result<Self, Problem> {
        let run = required(reply.reconciliation, "GetReconciliationResponse")?;
        Ok(Self {
            reconciliation: run.try_into()?,
            differences: convert_all(reply.differences)?,
        })
    }
}
