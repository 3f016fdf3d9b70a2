use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cart::Totals,
    convert::{id, required, time},
    money::{Money, PositiveAmount, amount},
};
use crate::edge::problem::Problem;

/// A request for a refund.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// The units to refund; each SKU once. Without lines, the refund is of an amount.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) lines: Vec<LineUnits>,
    /// The amount. Absent means, with lines, the share of their units, or what is left if that is less; without lines,
    /// all that is left to refund.
    #[serde(default)]
    #[schema(value_type = Option<PositiveAmount>)]
    pub(crate) amount: Option<Money>,
    /// The reason.
    #[schema(example = "arrived broken", format = "refund-reason")]
    pub(crate) reason: String,
}

/// Units of one line of an order.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineUnits {
    /// SKU of the line.
    #[schema(example = "COFFEE-ESPRESSO-500", format = "sku")]
    pub(crate) sku: String,
    /// Number of units.
    #[schema(example = 1, minimum = 1, maximum = 999)]
    pub(crate) quantity: u32,
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
    /// The units that it refunds; none for a refund of an amount.
    pub(crate) lines: Vec<LineUnits>,
    /// What these units cost: their part of each amount of the order. Absent without lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Totals>,
    /// The reason.
    #[schema(example = "arrived broken")]
    pub(crate) reason: String,
    /// The status.
    pub(crate) status: RefundStatus,
    /// When it was requested.
    pub(crate) created_at: DateTime<Utc>,
}

impl From<v1::LineUnits> for LineUnits {
    fn from(line: v1::LineUnits) -> Self {
        Self {
            sku: line.sku,
            quantity: line.quantity,
        }
    }
}

impl From<LineUnits> for v1::LineUnits {
    fn from(line: LineUnits) -> Self {
        Self {
            sku: line.sku,
            quantity: line.quantity,
        }
    }
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
            lines: refund.lines.into_iter().map(Into::into).collect(),
            share: refund.share.map(Totals::try_from).transpose()?,
            reason: refund.reason,
            status: required(status, "Refund.status")?,
            created_at: time(refund.created_at, "Refund.created_at")?,
        })
    }
}
