use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{id, required, time},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// A request for a refund.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// The amount; absent means all that is left to refund.
    #[serde(default)]
    pub(crate) amount: Option<Money>,
    /// The reason.
    #[schema(example = "arrived broken", min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// In progress.
    Requested,
    /// The provider refunded the amount.
    Succeeded,
    /// The provider rejected the refund; it can be requested again.
    Failed,
}

/// A refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refund {
    /// The refund's id.
    pub(crate) id: Uuid,
    /// The amount.
    pub(crate) amount: Money,
    /// The reason.
    #[schema(example = "arrived broken")]
    pub(crate) reason: String,
    /// The status.
    pub(crate) status: RefundStatus,
    /// When it was requested.
    pub(crate) created_at: DateTime<Utc>,
}

impl TryFrom<v1::Refund> for Refund {
    type Error = Problem;

    fn try_from(refund: v1::Refund) -> Result<Self, Problem> {
        let status = match refund.status() {
            v1::RefundStatus::Requested => Some(RefundStatus::Requested),
            v1::RefundStatus::Succeeded => Some(RefundStatus::Succeeded),
            v1::RefundStatus::Failed => Some(RefundStatus::Failed),
            v1::RefundStatus::Unspecified => None,
        };
        Ok(Self {
            id: id(&refund.id, "Refund.id")?,
            amount: amount(refund.amount, "Refund.amount")?,
            reason: refund.reason,
            status: required(status, "Refund.status")?,
            created_at: time(refund.created_at, "Refund.created_at")?,
        })
    }
}
