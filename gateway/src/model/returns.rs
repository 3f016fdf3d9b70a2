use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    cart::Totals,
    convert::{convert_all, id, optional_id, optional_text, optional_time, required, time},
    money::{Amount, Money},
    refund::LineUnits,
};
use crate::edge::problem::Problem;

/// A customer's request to return units of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRequest {
    /// What to return; each SKU once.
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) lines: Vec<LineUnits>,
    /// Why.
    pub(crate) reason: ReturnReason,
    /// In the customer's words; required for the reason `other`.
    #[serde(default)]
    #[schema(example = "The handle is broken", format = "return-note")]
    pub(crate) note: Option<String>,
}

/// The approval of a return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnApproval {
    /// What to refund, from 0 to what is left; absent means the share of the units, or what is left if that is less.
    #[serde(default)]
    #[schema(value_type = Option<Amount>)]
    pub(crate) amount: Option<Money>,
    /// For the customer and for the audit.
    #[schema(example = "Received in good condition", format = "decision-note")]
    pub(crate) note: String,
}

/// The refusal of a return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRefusal {
    /// For the customer and for the audit.
    #[schema(example = "The seal is broken", format = "decision-note")]
    pub(crate) note: String,
}

/// Why a customer returns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReturnReason {
    /// It arrived damaged.
    Damaged,
    /// It does not work.
    Defective,
    /// Something else was in the parcel.
    WrongItem,
    /// It differs from its description.
    NotAsDescribed,
    /// The parcel did not arrive.
    NotArrived,
    /// The customer does not want it.
    ChangedMind,
    /// The note says why.
    Other,
}

/// The status of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReturnStatus {
    /// Open: staff have not decided.
    Requested,
    /// Accepted.
    Approved,
    /// Not accepted.
    Refused,
    /// The customer does not want it any more.
    Withdrawn,
}

impl ReturnStatus {
    /// The names of the query parameter `status`.
    pub(crate) const NAMES: [(&str, Self); 4] = [
        ("requested", Self::Requested),
        ("approved", Self::Approved),
        ("refused", Self::Refused),
        ("withdrawn", Self::Withdrawn),
    ];
}

/// A return.
#[derive(Serialize, ToSchema)]
pub(crate) struct Return {
    /// The return's id.
    pub(crate) id: Uuid,
    /// The order.
    pub(crate) order_id: Uuid,
    /// Account of the customer.
    pub(crate) customer_id: Uuid,
    /// The status.
    pub(crate) status: ReturnStatus,
    /// Why.
    pub(crate) reason: ReturnReason,
    /// In the customer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "too small")]
    pub(crate) note: Option<String>,
    /// What is returned.
    pub(crate) lines: Vec<LineUnits>,
    /// What these units cost: their part of each amount of the order.
    pub(crate) share: Totals,
    /// What the approval granted; absent unless `approved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<Money>,
    /// The refund, if the approval granted an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refund_id: Option<Uuid>,
    /// True if a rule of the shop approved it.
    pub(crate) automatic: bool,
    /// What staff wrote about the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "received in good condition")]
    pub(crate) decision_note: Option<String>,
    /// When it was requested.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was approved, refused or withdrawn; absent while open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decided_at: Option<DateTime<Utc>>,
}

/// The returns of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderReturns {
    /// Oldest first.
    #[serde(rename = "items")]
    pub(crate) returns: Vec<Return>,
}

/// One page of returns.
#[derive(Serialize, ToSchema)]
pub(crate) struct Returns {
    /// Oldest first.
    #[serde(rename = "items")]
    pub(crate) returns: Vec<Return>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

impl From<ReturnReason> for v1::ReturnReason {
    fn from(reason: ReturnReason) -> Self {
        match reason {
            ReturnReason::Damaged => Self::Damaged,
            ReturnReason::Defective => Self::Defective,
            ReturnReason::WrongItem => Self::WrongItem,
            ReturnReason::NotAsDescribed => Self::NotAsDescribed,
            ReturnReason::NotArrived => Self::NotArrived,
            ReturnReason::ChangedMind => Self::ChangedMind,
            ReturnReason::Other => Self::Other,
        }
    }
}

impl From<ReturnStatus> for v1::ReturnStatus {
    fn from(status: ReturnStatus) -> Self {
        match status {
            ReturnStatus::Requested => Self::Requested,
            ReturnStatus::Approved => Self::Approved,
            ReturnStatus::Refused => Self::Refused,
            ReturnStatus::Withdrawn => Self::Withdrawn,
        }
    }
}

const fn reason(reason: v1::ReturnReason) -> Option<ReturnReason> {
    Some(match reason {
        v1::ReturnReason::Damaged => ReturnReason::Damaged,
        v1::ReturnReason::Defective => ReturnReason::Defective,
        v1::ReturnReason::WrongItem => ReturnReason::WrongItem,
        v1::ReturnReason::NotAsDescribed => ReturnReason::NotAsDescribed,
        v1::ReturnReason::NotArrived => ReturnReason::NotArrived,
        v1::ReturnReason::ChangedMind => ReturnReason::ChangedMind,
        v1::ReturnReason::Other => ReturnReason::Other,
        v1::ReturnReason::Unspecified => return None,
    })
}

const fn status(status: v1::ReturnStatus) -> Option<ReturnStatus> {
    Some(match status {
        v1::ReturnStatus::Requested => ReturnStatus::Requested,
        v1::ReturnStatus::Approved => ReturnStatus::Approved,
        v1::ReturnStatus::Refused => ReturnStatus::Refused,
        v1::ReturnStatus::Withdrawn => ReturnStatus::Withdrawn,
        v1::ReturnStatus::Unspecified => return None,
    })
}

impl TryFrom<v1::Return> for Return {
    type Error = Problem;

    fn try_from(one: v1::Return) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&one.id, "Return.id")?,
            order_id: id(&one.order_id, "Return.order_id")?,
            customer_id: id(&one.customer_id, "Return.customer_id")?,
            status: required(status(one.status()), "Return.status")?,
            reason: required(reason(one.reason()), "Return.reason")?,
            note: optional_text(one.note),
            lines: one.lines.into_iter().map(Into::into).collect(),
            share: required(one.share, "Return.share")?.try_into()?,
            amount: one.amount.map(Into::into),
            refund_id: optional_id(&one.refund_id, "Return.refund_id")?,
            automatic: one.automatic,
            decision_note: optional_text(one.decision_note),
            created_at: time(one.created_at, "Return.created_at")?,
            decided_at: optional_time(one.decided_at),
        })
    }
}

impl TryFrom<v1::ListOrderReturnsResponse> for OrderReturns {
    type Error = Problem;

    fn try_from(reply: v1::ListOrderReturnsResponse) -> Result<Self, Problem> {
        Ok(Self {
            returns: convert_all(reply.returns)?,
        })
    }
}

impl TryFrom<v1::ListReturnsResponse> for Returns {
    type Error = Problem;

    fn try_from(reply: v1::ListReturnsResponse) -> Result<Self, Problem> {
        Ok(Self {
            returns: convert_all(reply.returns)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
