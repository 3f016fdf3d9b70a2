use chrono::{DateTime, Utc};
use contracts::payment::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{id, optional_text, required, time},
    money::{Money, amount},
    next_action::NextAction,
};
use crate::edge::problem::Problem;

/// The status of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    /// The authorization is in progress.
    Authorizing,
    /// The amount is authorized.
    Authorized,
    /// The provider declined.
    Declined,
    /// The authorization was voided, or will be.
    Voided,
    /// The amount was captured.
    Captured,
    /// A 3-D Secure challenge is required: see `next_action`.
    ActionRequired,
    /// The authorization expired before it was captured.
    Expired,
}

/// The payment of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payment {
    /// The payment's id.
    pub(crate) id: Uuid,
    /// The order.
    pub(crate) order_id: Uuid,
    /// The status.
    pub(crate) status: PaymentStatus,
    /// The amount to authorize.
    pub(crate) amount: Money,
    /// Amount refunded so far.
    pub(crate) refunded: Money,
    /// Why it was declined: `card_declined`, `insufficient_funds`, `expired_card`, `incorrect_details`,
    /// `authentication_failed`, `try_another_card` or `try_again`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "card_declined")]
    pub(crate) decline_reason: Option<String>,
    /// The provider's decline code; only for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "do_not_honor")]
    pub(crate) decline_code: Option<String>,
    /// The provider's id of the payment, once assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    pub(crate) provider_reference: Option<String>,
    /// When the payment was created.
    pub(crate) created_at: DateTime<Utc>,
    /// An action of the customer that the authorization requires; absent unless `action_required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_action: Option<NextAction>,
}

impl TryFrom<v1::Payment> for Payment {
    type Error = Problem;

    fn try_from(payment: v1::Payment) -> Result<Self, Problem> {
        let status = match payment.status() {
            v1::PaymentStatus::Authorizing => Some(PaymentStatus::Authorizing),
            v1::PaymentStatus::Authorized => Some(PaymentStatus::Authorized),
            v1::PaymentStatus::Declined => Some(PaymentStatus::Declined),
            v1::PaymentStatus::Voided => Some(PaymentStatus::Voided),
            v1::PaymentStatus::Captured => Some(PaymentStatus::Captured),
            v1::PaymentStatus::ActionRequired => Some(PaymentStatus::ActionRequired),
            v1::PaymentStatus::Expired => Some(PaymentStatus::Expired),
            v1::PaymentStatus::Unspecified => None,
        };
        Ok(Self {
            id: id(&payment.id, "Payment.id")?,
            order_id: id(&payment.order_id, "Payment.order_id")?,
            status: required(status, "Payment.status")?,
            amount: amount(payment.amount, "Payment.amount")?,
            refunded: amount(payment.refunded, "Payment.refunded")?,
            decline_reason: optional_text(payment.decline_reason),
            decline_code: optional_text(payment.decline_code),
            provider_reference: optional_text(payment.provider_reference),
            created_at: time(payment.created_at, "Payment.created_at")?,
            next_action: payment.next_action.map(Into::into),
        })
    }
}
