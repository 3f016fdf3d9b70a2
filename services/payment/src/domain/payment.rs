//! The words of a payment.

use chrono::{DateTime, Utc};
use contracts::messages::{
    AuthorizationExpired, CaptureFailed, PaymentActionRequired, PaymentAuthorized, PaymentCaptured,
    PaymentDeclined, PaymentRefunded, PaymentVoided, RefundFailed,
};
use kernel::{Money, OrderId, PaymentId, RefundId, UserId};

use super::ledger::Booking;

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The provider is being asked.
    Authorizing,
    /// The customer's bank wants to hear from the customer (3-D Secure).
    ActionRequired,
    /// The amount is held.
    Authorized,
    /// The provider said no.
    Declined,
    /// Nothing is held, nothing was taken.
    Voided,
    /// The hold ran out before it was taken.
    Expired,
    /// The amount was taken.
    Captured,
}

impl Status {
    /// The word for it in the database and in reports.
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

/// What the sender of the authorize command wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) customer_id: UserId,
    pub(crate) amount: Money,
    pub(crate) payment_method: String,
}

/// A payment. Without terms it is the tombstone of a void that came before its authorize.
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
    /// The shipment that the last capture was asked for.
    pub(crate) shipment: u32,
    /// Minor units that went back.
    pub(crate) refunded: i64,
    pub(crate) decline_code: Option<String>,
    /// Why the last capture failed.
    pub(crate) capture_code: Option<String>,
    /// The provider's own id.
    pub(crate) reference: Option<String>,
    /// Where the customer must answer her bank, while that is awaited.
    pub(crate) redirect_url: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Payment {
    /// What is to be held or taken, with its terms; a tombstone has none.
    pub(crate) fn amount(&self) -> Option<Money> {
        self.terms.as_ref().map(|terms| terms.amount)
    }

    /// Whether this customer pays it.
    pub(crate) fn is_of(&self, customer_id: UserId) -> bool {
        let customer = self.terms.as_ref().map(|terms| terms.customer_id);
        customer == Some(customer_id)
    }
}

/// Where a refund is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    /// The provider is being asked.
    Requested,
    /// The money is on its way back.
    Succeeded,
    /// It stays with us, or came back; why.
    Failed(String),
}

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) payment_id: PaymentId,
    pub(crate) amount: Money,
    pub(crate) status: RefundStatus,
    /// The provider's own id.
    pub(crate) reference: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// What can be asked of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    Authorize,
    Capture,
    Void,
    Refund(RefundId),
}

impl Task {
    /// The word for it in the database, in metrics and on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund(_) => "refund",
        }
    }
}

/// Something to be asked of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) task: Task,
    pub(crate) amount: Money,
}

/// A definite answer of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is done; the provider's own id of the intent or the refund.
    Done { reference: String },
    /// The customer must answer her bank first.
    ActionRequired {
        reference: String,
        redirect_url: String,
    },
    /// It is not done and will not be; the provider's code.
    Refused {
        code: String,
        reference: Option<String>,
    },
    /// It is not done, because the hold is gone: it ran out, or was let go elsewhere.
    HoldGone { code: String },
}

impl Answer {
    /// The word for it in logs and metrics. The rest of it is not for logs: whoever has the address of
    /// a challenge can answer it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::ActionRequired { .. } => "action_required",
            Self::Refused { .. } | Self::HoldGone { .. } => "refused",
        }
    }
}

/// What the sender of a command hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Authorized(PaymentAuthorized),
    ActionRequired(PaymentActionRequired),
    Expired(AuthorizationExpired),
    Declined(PaymentDeclined),
    Voided(PaymentVoided),
    Captured(PaymentCaptured),
    CaptureFailed(CaptureFailed),
    Refunded(PaymentRefunded),
    RefundFailed(RefundFailed),
}

/// What follows from a command or an answer. All of it is committed together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The payment as it is now, if it is new or changed.
    pub(crate) payment: Option<Payment>,
    /// The refund as it is now, if it is new or changed.
    pub(crate) refund: Option<Refund>,
    /// Take the authorization back that the provider was never asked for.
    pub(crate) withdraw: bool,
    /// Ask the provider.
    pub(crate) ask: Option<Ask>,
    /// Book in the ledger.
    pub(crate) book: Option<Booking>,
    /// Tell the sender, in this order.
    pub(crate) replies: Vec<Reply>,
}

impl Decision {
    /// Nothing changes, and nothing is to be said now.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Nothing changes; the sender hears what it heard before, or would have.
    pub(crate) fn reply(reply: Reply) -> Self {
        Self {
            replies: vec![reply],
            ..Self::default()
        }
    }

    /// Whether the provider said no.
    pub(crate) fn is_refusal(&self) -> bool {
        let declined = |payment: &Payment| payment.status == Status::Declined;
        let failed = |refund: &Refund| matches!(refund.status, RefundStatus::Failed(_));
        self.payment.as_ref().is_some_and(declined) || self.refund.as_ref().is_some_and(failed)
    }

    pub(crate) fn and_reply(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }
}

impl Payment {
    pub(crate) fn reply_authorized(&self, amount: Money) -> Reply {
        Reply::Authorized(PaymentAuthorized {
            order_id: self.order_id,
            payment_id: self.id,
            amount,
        })
    }

    pub(crate) fn reply_declined(&self, code: &str) -> Reply {
        Reply::Declined(PaymentDeclined {
            order_id: self.order_id,
            payment_id: self.id,
            code: code.to_owned(),
        })
    }

    pub(crate) fn reply_action_required(&self, redirect_url: &str) -> Reply {
        Reply::ActionRequired(PaymentActionRequired {
            order_id: self.order_id,
            payment_id: self.id,
            redirect_url: redirect_url.to_owned(),
        })
    }

    pub(crate) fn reply_expired(&self) -> Reply {
        Reply::Expired(AuthorizationExpired {
            order_id: self.order_id,
            payment_id: self.id,
        })
    }

    pub(crate) fn reply_voided(&self) -> Reply {
        Reply::Voided(PaymentVoided {
            order_id: self.order_id,
            payment_id: self.id,
        })
    }

    pub(crate) fn reply_captured(&self, amount: Money) -> Reply {
        Reply::Captured(PaymentCaptured {
            order_id: self.order_id,
            payment_id: self.id,
            amount,
        })
    }

    pub(crate) fn reply_capture_failed(&self, shipment: u32, code: &str) -> Reply {
        Reply::CaptureFailed(CaptureFailed {
            order_id: self.order_id,
            payment_id: self.id,
            code: code.to_owned(),
            shipment,
        })
    }

    pub(crate) fn reply_refunded(&self, refund: &Refund) -> Reply {
        Reply::Refunded(PaymentRefunded {
            order_id: self.order_id,
            payment_id: self.id,
            refund_id: refund.id,
            amount: refund.amount,
        })
    }

    pub(crate) fn reply_refund_failed(&self, refund: &Refund, code: &str) -> Reply {
        Reply::RefundFailed(RefundFailed {
            order_id: self.order_id,
            payment_id: self.id,
            refund_id: refund.id,
            code: code.to_owned(),
        })
    }
}
