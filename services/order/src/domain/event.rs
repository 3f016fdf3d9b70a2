use super::order::{By, NextAction, Reason};
use crate::saga::Step;

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A customer asked for it.
    Placed,
    /// A step was asked of its participant, for the so-manieth time.
    Asked { step: Step, attempt: u32 },
    /// A participant said yes.
    Done(Step),
    /// A participant said no; in words for the timeline, without personal data.
    Refused { step: Step, why: String },
    /// Before payment can answer, the customer has to do something; `again` when it is the same in
    /// another place.
    ActionRequired { next: NextAction, again: bool },
    /// The provider let the authorized amount go by itself; `late` when that changes nothing any more.
    HoldExpired { late: bool },
    /// No answer came, often enough to give up.
    GivenUp(Step),
    /// The customer did not do in time what the step needed of her.
    Abandoned(Step),
    /// An operator asked again; the deadline stays as it is.
    AskedByHand(Step),
    /// An operator gave the checkout up.
    GivenUpByHand(Step),
    /// The checkout has failed: from here on everything is undone.
    Failed(Reason),
    /// Somebody called it off: from here on everything is undone.
    CancelRequested(By),
    /// Staff handed it to a carrier: the money is to be taken.
    ShipmentRequested { tracking_number: String },
    /// Stock is committed and the amount is held.
    Confirmed,
    /// The checkout failed and everything was undone.
    Rejected(Reason),
    /// It was called off and everything was undone.
    Cancelled(By),
    /// Paid and on its way.
    Shipped,
    /// Arrived.
    Delivered,
}
