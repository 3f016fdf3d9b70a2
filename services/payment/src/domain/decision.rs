use contracts::messages::{
    AuthorizationExpired, CaptureFailed, PaymentActionRequired, PaymentAuthorized, PaymentCaptured,
    PaymentDeclined, PaymentRefunded, PaymentVoided, RefundFailed,
};
use kernel::Money;

use super::decline::{decline_reason, failure_reason, rejection_reason};
use super::ledger::{Booking, Kind};
use super::{NewOperation, Payment, Refund, RefundStatus, Status, Task};

/// A reply to the sender of a command.
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

/// The consequences of a command, an answer or a lookup. They are committed together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The payment as it is now, if it is new or changed.
    pub(crate) payment: Option<Payment>,
    /// Whether the payment did not exist before.
    pub(crate) is_new: bool,
    /// The refund as it is now, if it is new or changed.
    pub(crate) refund: Option<Refund>,
    /// Withdraw the authorization that was never attempted.
    pub(crate) withdraw: bool,
    /// The call to make to the provider.
    pub(crate) operation: Option<NewOperation>,
    /// The booking in the ledger.
    pub(crate) book: Option<Booking>,
    /// The replies to the sender, in this order.
    pub(crate) replies: Vec<Reply>,
}

/// What must be done after the commit.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The replies that are sent for the first time.
    pub(crate) replies: Vec<Reply>,
    /// Whether an operation was added.
    pub(crate) has_operations: bool,
}

impl Decision {
    /// Nothing changes, and no reply is due.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Nothing changes; the reply repeats an earlier one, or refuses the command.
    pub(crate) fn reply(reply: Reply) -> Self {
        Self {
            replies: vec![reply],
            ..Self::default()
        }
    }

    /// The payment changes.
    pub(crate) fn changed(payment: Payment) -> Self {
        Self {
            payment: Some(payment),
            ..Self::default()
        }
    }

    /// Whether the provider refused.
    pub(crate) fn is_refusal(&self) -> bool {
        let declined = |payment: &Payment| payment.status == Status::Declined;
        let failed = |refund: &Refund| matches!(refund.status, RefundStatus::Failed(_));
        self.payment.as_ref().is_some_and(declined) || self.refund.as_ref().is_some_and(failed)
    }

    /// Whether something changes, so that its replies are new and not repeated.
    pub(crate) fn is_change(&self) -> bool {
        self.payment.is_some() || self.refund.is_some()
    }

    pub(crate) fn and_reply(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }

    pub(crate) fn and_refund(mut self, refund: Refund) -> Self {
        self.refund = Some(refund);
        self
    }

    pub(crate) fn and_call(mut self, task: Task, amount: Money) -> Self {
        self.operation = Some(NewOperation { task, amount });
        self
    }

    pub(crate) fn and_book(mut self, kind: Kind, amount: Money) -> Self {
        self.book = Some(Booking { kind, amount });
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
        let reason = match self.request_rejected {
            true => rejection_reason(code),
            false => decline_reason(code),
        };
        Reply::Declined(PaymentDeclined {
            order_id: self.order_id,
            payment_id: self.id,
            code: reason.to_owned(),
            request_rejected: self.request_rejected,
            card_fingerprint: self.card_fingerprint.clone(),
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
            code: failure_reason(code).to_owned(),
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
            code: failure_reason(code).to_owned(),
        })
    }
}
