use super::order::{CancelReason, NextAction};
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
}
