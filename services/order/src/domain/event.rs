use kernel::{Money, ReturnId};
use tracing::Span;

use super::order::{CancelReason, NextAction, Order};
use super::refund::Refund;
use crate::saga::{RejectReason, Step};

/// What happened to an order, and the order afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) order: Order,
    pub(crate) events: Vec<Event>,
    /// The span that caused it: its messages belong to that trace.
    pub(crate) span: Span,
}

impl Change {
    /// A change that the current span causes.
    pub(crate) fn new(order: Order, events: Vec<Event>) -> Self {
        Self {
            order,
            events,
            span: Span::current(),
        }
    }
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A customer placed it.
    Placed,
    /// The command of a step was sent; attempts count from 1.
    Requested { step: Step, attempt: u32 },
    /// A participant has done a step.
    Done(Step),
    /// A participant refused a step. The reason goes to the timeline and has no personal data.
    Refused { step: Step, reason: String },
    /// The refused authorization was a decline of the card: the provider's name of the card, if it is known.
    CardDeclined { card: Option<String> },
    /// The provider rejected the request for the payment, not the card; why.
    PaymentFailed(String),
    /// The customer has to act before payment can reply; `again` when only the URL is new.
    ActionRequired { next: NextAction, again: bool },
    /// The authorization expired; `late` when that no longer changes the order.
    AuthorizationExpired { late: bool },
    /// No reply came, and no attempt is left.
    GivenUp(Step),
    /// The customer did not act in time.
    Abandoned(Step),
    /// An operator requested the step again; the deadline stays as it is.
    RetriedByOperator(Step),
    /// An operator gave the checkout up.
    CompensatedByOperator(Step),
    /// The checkout has failed: from now on it is undone.
    Failed(RejectReason),
    /// The order is cancelled: from now on it is undone.
    CancelRequested(CancelReason),
    /// Staff handed the parcel to a carrier. Next, the payment is captured, if `capture`.
    ShipmentRequested {
        tracking_number: String,
        capture: bool,
    },
    /// Stock is committed and the payment is authorized.
    Confirmed,
    /// The checkout failed and everything was undone.
    Rejected(RejectReason),
    /// The order was cancelled and everything was undone.
    Cancelled(CancelReason),
    /// The payment is captured and the parcel is with the carrier.
    Shipped,
    /// The parcel has arrived.
    Delivered,
    /// The command of a refund was sent, for the first time or again.
    RefundRequested(Refund),
    /// Payment refunded the amount.
    Refunded(Refund),
    /// The refund failed, or was reverted by the provider; with the provider's code.
    RefundFailed { refund: Refund, code: String },
    /// The customer asks for a return.
    ReturnRequested(ReturnId),
    /// The return is accepted, and the amount granted; `automatic` by the rule in the configuration.
    ReturnApproved {
        id: ReturnId,
        amount: Money,
        automatic: bool,
    },
    /// Staff did not accept the return.
    ReturnRefused(ReturnId),
    /// The customer withdrew the return.
    ReturnWithdrawn(ReturnId),
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

    /// Whether it changes the row of the order.
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

    /// Whether it changes the row of the saga.
    pub(crate) fn changes_saga(&self) -> bool {
        let other = matches!(
            self,
            Self::CardDeclined { .. }
                | Self::RefundsRetriedByOperator(_)
                | Self::ReturnRequested(_)
                | Self::ReturnApproved { .. }
                | Self::ReturnRefused(_)
                | Self::ReturnWithdrawn(_)
        );
        self.refund().is_none() && !other
    }
}
