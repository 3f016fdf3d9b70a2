use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{id, promised, time},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// Money that shall go back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// How much; absent means all that is left.
    #[serde(default)]
    pub(crate) amount: Option<Money>,
    /// Why.
    #[schema(example = "arrived broken", min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// Where a refund is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// The provider is being asked.
    Requested,
    /// The money is on its way back.
    Succeeded,
    /// The provider said no; the amount can be asked for again.
    Failed,
}

/// Money that goes back to the customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refund {
    /// The refund's id.
    pub(crate) id: Uuid,
    /// How much.
    pub(crate) amount: Money,
    /// Why.
    #[schema(example = "arrived broken")]
    pub(crate) reason: String,
    /// Where it is in its life.
    pub(crate) status: RefundStatus,
    /// When it was asked for.
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
            status: promised(status, "Refund.status")?,
            created_at: time(refund.created_at, "Refund.created_at")?,
        })
    }
}
