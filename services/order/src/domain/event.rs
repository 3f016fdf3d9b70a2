use super::order::{CancelReason, NextAction};
use super::refund::Refund;
use crate::saga::{RejectReason, Step};

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A customer placed it.
    Placed,
    /// The command of a step was sent, for the nth time.
    Requested { step: Step, attempt: u32 },
    /// A participant has done a step.
    Done(Step),
    /// A participant refused a step; the reason is for the timeline, without personal data.
    Refused { step: Step, reason: String },
    /// The customer has to act before payment can answer; `again` when only the URL is new.
    ActionRequired { next: NextAction, again: bool },
    /// The authorization expired; `late` when that changes nothing any more.
    AuthorizationExpired { late: bool },
    /// No reply came, and the attempts are used up.
    GivenUp(Step),
    /// The customer did not act in time.
    Abandoned(Step),
    /// An operator requested the step again; the deadline stays as it is.
    RetriedByOperator(Step),
    /// An operator gave the checkout up.
    CompensatedByOperator(Step),
    /// The checkout has failed: from here on everything is undone.
    Failed(RejectReason),
    /// The order is cancelled: from here on everything is undone.
    CancelRequested(CancelReason),
    /// Staff handed it to a carrier: the payment is to be captured.
    ShipmentRequested { tracking_number: String },
    /// Stock is committed and the payment is authorized.
    Confirmed,
    /// The checkout failed and everything was undone.
    Rejected(RejectReason),
    /// It was cancelled and everything was undone.
    Cancelled(CancelReason),
    /// Paid and on its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// The command of a refund was sent, for the first time or again.
    RefundRequested(Refund),
    /// Payment refunded the amount.
    Refunded(Refund),
    /// The refund failed, or was reverted by the provider; with the provider's code.
    RefundFailed { refund: Refund, code: String },
    /// An operator requested open refunds again; their deadlines stay as they are.
    RefundsRetriedByOperator(Vec<Refund>),
}

impl Event {
    /// The refund that it changes, as it is afterwards.
    pub(crate) fn refund(&self) -> Option<&Refund> {
        match self {
            Self::RefundRequested(refund)
            | Self::Refunded(refund)
            | Self::RefundFailed { refund, .. } => Some(refund),
            _ => None,
        }
    }

    /// Whether it changes the order itself.
    pub(crate) fn changes_order(&self) -> bool {
        matches!(
            self,
            Self::ShipmentRequested { .. }
                | Self::Refused {
                    step: Step::Capture,
                    ..
                }
                | Self::Confirmed
                | Self::Rejected(_)
                | Self::Cancelled(_)
                | Self::Shipped
                | Self::Delivered
        )
    }

    /// Whether it changes the order's saga.
    pub(crate) fn changes_saga(&self) -> bool {
        self.refund().is_none() && !matches!(self, Self::RefundsRetriedByOperator(_))
    }
}
