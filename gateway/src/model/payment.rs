use chrono::{DateTime, Utc};
use contracts::payment::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{id, promised, some_text, time},
    money::{Money, amount},
    next_action::NextAction,
};
use crate::edge::problem::Problem;

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    /// The provider is being asked.
    Authorizing,
    /// The amount is held on the customer's card.
    Authorized,
    /// The provider said no.
    Declined,
    /// The hold was, or will be, let go without taking money.
    Voided,
    /// The amount was taken.
    Captured,
    /// The customer's bank wants to hear from the customer (3-D Secure): see `next_action`.
    ActionRequired,
    /// The provider let the hold go because nobody took the amount in time.
    Expired,
}

/// What was asked of the payment provider for an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payment {
    /// The payment's id.
    pub(crate) id: Uuid,
    /// The order it pays.
    pub(crate) order_id: Uuid,
    /// Where it is in its life.
    pub(crate) status: PaymentStatus,
    /// What was asked for.
    pub(crate) amount: Money,
    /// Given back so far.
    pub(crate) refunded: Money,
    /// Why it was declined, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "card_declined")]
    pub(crate) decline_code: Option<String>,
    /// The provider's own id, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    pub(crate) provider_reference: Option<String>,
    /// When it was asked for.
    pub(crate) created_at: DateTime<Utc>,
    /// What the customer must do before anything is held; absent unless `action_required`.
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
            status: promised(status, "Payment.status")?,
            amount: amount(payment.amount, "Payment.amount")?,
            refunded: amount(payment.refunded, "Payment.refunded")?,
            decline_code: some_text(payment.decline_code),
            provider_reference: some_text(payment.provider_reference),
            created_at: time(payment.created_at, "Payment.created_at")?,
            next_action: payment.next_action.map(Into::into),
        })
    }
}
