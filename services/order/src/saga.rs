//! The checkout as one list of steps, each with its undo and with what happens when a reply is overdue.
//!
//! `domain/order/decide.rs` walks the list: forward with every reply, back from the step that failed.

mod timing;

pub(crate) use timing::Timing;

/// Work that another service does on a command, and answers with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// catalog: hold the stock.
    Reserve,
    /// payment: hold the amount.
    Authorize,
    /// catalog: the held stock is sold.
    Commit,
    /// payment: take the held amount. Not part of the checkout: a shipment starts it.
    Capture,
    /// payment: let the amount go.
    Void,
    /// catalog: let the stock go, or put it back on the shelf.
    Release,
}

/// Why a checkout fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RejectReason {
    OutOfStock,
    StockTimedOut,
    PaymentDeclined,
    PaymentTimedOut,
    /// The customer did not authenticate in time, or the authorization expired.
    PaymentExpired,
    ReservationExpired,
    /// An operator compensated the saga.
    Compensated,
}

impl RejectReason {
    /// The code on the wire and in the order's row.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out_of_stock",
            Self::StockTimedOut => "stock_timed_out",
            Self::PaymentDeclined => "payment_declined",
            Self::PaymentTimedOut => "payment_timed_out",
            Self::PaymentExpired => "payment_expired",
            Self::ReservationExpired => "reservation_expired",
            Self::Compensated => "compensated",
        }
    }
}

/// What happens when the reply to a step is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Request it a few times more, then undo this step and all before it.
    GiveUp(RejectReason),
    /// Request it until a reply comes: its outcome cannot be guessed, and not be undone.
    Insist,
}

/// One line of the saga.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) act: Step,
    pub(crate) undo: Option<Step>,
    /// Why the order is rejected when the participant refuses.
    pub(crate) refused: RejectReason,
    pub(crate) unanswered: Unanswered,
    /// Why it is rejected when the customer had to act and did not. None for a step that never needs
    /// the customer.
    pub(crate) abandoned: Option<RejectReason>,
}

/// The checkout. After its last stage the order is confirmed.
pub(crate) const CHECKOUT: [Stage; 3] = [
    Stage {
        act: Step::Reserve,
        undo: Some(Step::Release),
        refused: RejectReason::OutOfStock,
        unanswered: Unanswered::GiveUp(RejectReason::StockTimedOut),
        abandoned: None,
    },
    Stage {
        act: Step::Authorize,
        undo: Some(Step::Void),
        refused: RejectReason::PaymentDeclined,
        unanswered: Unanswered::GiveUp(RejectReason::PaymentTimedOut),
        // 3-D Secure may be required.
        abandoned: Some(RejectReason::PaymentExpired),
    },
    // The pivot: once it is requested, the reply alone decides between confirmed and rejected.
    Stage {
        act: Step::Commit,
        undo: None,
        refused: RejectReason::ReservationExpired,
        unanswered: Unanswered::Insist,
        abandoned: None,
    },
];

/// Attempts after which a step counts as stuck.
pub(crate) const USUAL_ATTEMPTS: u32 = 3;

/// The first step.
pub(crate) const FIRST: Step = CHECKOUT[0].act;

/// The step that follows `step`, none after the last.
pub(crate) fn after(step: Step) -> Option<Step> {
    let index = CHECKOUT.iter().position(|stage| stage.act == step)?;
    CHECKOUT.get(index + 1).map(|stage| stage.act)
}

/// The stage that does `step`.
pub(crate) fn stage(step: Step) -> Option<&'static Stage> {
    CHECKOUT.iter().find(|stage| stage.act == step)
}

/// The undo that is owed when `step` has perhaps been done: its own, or else the one before.
pub(crate) fn undo_from(step: Step) -> Option<Step> {
    let index = CHECKOUT.iter().position(|stage| stage.act == step)?;
    CHECKOUT[..=index].iter().rev().find_map(|stage| stage.undo)
}

/// The undo that is owed when `step` has not been done, or was undone: the one before it.
pub(crate) fn undo_before(step: Step) -> Option<Step> {
    let of = |stage: &Stage| stage.act == step || stage.undo == Some(step);
    let index = CHECKOUT.iter().position(of)?;
    CHECKOUT[..index].iter().rev().find_map(|stage| stage.undo)
}

/// The undo that is owed when the whole checkout has been done.
pub(crate) fn undo_all() -> Option<Step> {
    CHECKOUT.iter().rev().find_map(|stage| stage.undo)
}

#[cfg(test)]
mod tests;
