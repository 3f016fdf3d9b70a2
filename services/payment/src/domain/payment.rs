use chrono::{DateTime, Utc};
use kernel::{Money, OrderId, PaymentId, RefundId, UserId};

use super::decline::{decline_reason, rejection_reason};

/// The state of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The authorization is requested and has no outcome.
    Authorizing,
    /// 3-D Secure is required.
    ActionRequired,
    /// The amount is authorized and not captured.
    Authorized,
    /// The provider declined.
    Declined,
    /// The authorization was voided, or never made.
    Voided,
    /// The authorization expired before it was captured.
    Expired,
    /// The amount was captured.
    Captured,
}

impl Status {
    /// All statuses.
    pub(crate) const ALL: [Self; 7] = [
        Self::Authorizing,
        Self::ActionRequired,
        Self::Authorized,
        Self::Declined,
        Self::Voided,
        Self::Expired,
        Self::Captured,
    ];

    /// Its name in the database and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorizing => "authorizing",
            Self::ActionRequired => "action_required",
            Self::Authorized => "authorized",
            Self::Declined => "declined",
            Self::Voided => "voided",
            Self::Expired => "expired",
            Self::Captured => "captured",
        }
    }
}

/// The terms of the authorize command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) customer_id: UserId,
    pub(crate) amount: Money,
    pub(crate) payment_method: String,
}

/// A payment. Without terms it is the tombstone of a void that arrived before its authorize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) terms: Option<Terms>,
    pub(crate) status: Status,
    /// A void waits for the provider.
    pub(crate) void_requested: bool,
    /// A capture waits for the provider.
    pub(crate) capture_requested: bool,
    /// The shipment that the last capture is for.
    pub(crate) shipment: u32,
    /// The sum of the refunds that succeeded, in minor units.
    pub(crate) refunded: i64,
    /// The provider's code. For staff only: buyers get a reason, see `decline`.
    pub(crate) decline_code: Option<String>,
    /// The provider's name of the declined card.
    pub(crate) card_fingerprint: Option<String>,
    /// The payment is declined because the provider rejected our request, not the card.
    pub(crate) request_rejected: bool,
    /// Why the last capture failed.
    pub(crate) capture_code: Option<String>,
    /// The provider's id of the intent.
    pub(crate) reference: Option<String>,
    /// Where the customer completes 3-D Secure, while that is required.
    pub(crate) redirect_url: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Payment {
    /// A payment without an authorization. Without terms it is a tombstone.
    pub(crate) fn new(
        id: PaymentId,
        order_id: OrderId,
        terms: Option<Terms>,
        status: Status,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            order_id,
            void_requested: terms.is_none(),
            terms,
            status,
            capture_requested: false,
            shipment: 0,
            refunded: 0,
            decline_code: None,
            card_fingerprint: None,
            request_rejected: false,
            capture_code: None,
            reference: None,
            redirect_url: None,
            created_at: now,
        }
    }

    /// The amount of its terms; a tombstone has none.
    pub(crate) fn amount(&self) -> Option<Money> {
        self.terms.as_ref().map(|terms| terms.amount)
    }

    /// Why it was declined, as the buyer may know it.
    pub(crate) fn buyer_reason(&self) -> Option<&'static str> {
        let code = self.decline_code.as_deref()?;
        Some(match self.request_rejected {
            true => rejection_reason(code),
            false => decline_reason(code),
        })
    }

    /// Whether it belongs to this customer.
    pub(crate) fn belongs_to(&self, customer_id: UserId) -> bool {
        let customer = self.terms.as_ref().map(|terms| terms.customer_id);
        customer == Some(customer_id)
    }
}

/// The state of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    /// The refund is requested and has no outcome.
    Requested,
    /// The provider accepted it.
    Succeeded,
    /// It was refused, or the bank returned it; the code.
    Failed(String),
}

/// A refund of a part or all of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) payment_id: PaymentId,
    pub(crate) amount: Money,
    pub(crate) status: RefundStatus,
    /// The provider's id of the refund.
    pub(crate) reference: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Refund {
    /// Whether the provider's refund with this id may be this one.
    pub(crate) fn may_be(&self, reference: &str) -> bool {
        let own = self.reference.as_deref();
        own.is_none_or(|own| own == reference)
    }
}
