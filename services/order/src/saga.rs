//! The checkout as a list of steps, each with its undo and with what happens when its reply is overdue.
//!
//! `domain/order/decide.rs` walks the list: forward with every reply, back from the step that failed.

mod timing;

pub(crate) use timing::Timing;

/// An action of another service: a command requests it, and an event replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// catalog: reserve the stock.
    Reserve,
    /// payment: authorize the amount.
    Authorize,
    /// catalog: commit the reservation; the stock is sold.
    Commit,
    /// payment: capture the amount. Not part of the checkout: a shipment starts it.
    Capture,
    /// payment: void the authorization.
    Void,
    /// catalog: release the reservation, or return committed stock.
    Release,
}

/// Why a checkout fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RejectReason {
    OutOfStock,
    StockTimedOut,
    PaymentDeclined,
    /// The provider rejected the shop's request, not the card.
    PaymentFailed,
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
            Self::PaymentFailed => "payment_failed",
            Self::PaymentTimedOut => "payment_timed_out",
            Self::PaymentExpired => "payment_expired",
            Self::ReservationExpired => "reservation_expired",
            Self::Compensated => "compensated",
        }
    }
}

/// What happens when the reply to a step is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// Request it a limited number of times, then undo this step and all before it.
    GiveUp(RejectReason),
    /// Request it until a reply comes: its outcome is unknown until then.
    Insist,
}

/// One line of the saga.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) act: Step,
    pub(crate) undo: Option<Step>,
    /// Why the order is rejected when the participant refuses.
    pub(crate) refused: RejectReason,
    pub(crate) overdue: Overdue,
    /// Why the order is rejected when the customer had to act and did not. None for a step that never waits
    /// for the customer.
    pub(crate) abandoned: Option<RejectReason>,
}

/// The checkout. After its last stage the order is confirmed.
pub(crate) const CHECKOUT: [Stage; 3] = [
    Stage {
        act: Step::Reserve,
        undo: Some(Step::Release),
        refused: RejectReason::OutOfStock,
        overdue: Overdue::GiveUp(RejectReason::StockTimedOut),
        abandoned: None,
    },
    Stage {
        act: Step::Authorize,
        undo: Some(Step::Void),
        refused: RejectReason::PaymentDeclined,
        overdue: Overdue::GiveUp(RejectReason::PaymentTimedOut),
        // 3-D Secure may be required.
        abandoned: Some(RejectReason::PaymentExpired),
    },
    // The pivot: once it is requested, the reply alone decides between confirmed and rejected.
    Stage {
        act: Step::Commit,
        undo: None,
        refused: RejectReason::ReservationExpired,
        overdue: Overdue::Insist,
        abandoned: None,
    },
];

/// Attempts after which a step counts as stuck.
pub(crate) const USUAL_ATTEMPTS: u32 = 3;

/// The first step.
pub(crate) const FIRST: Step = CHECKOUT[0].act;

/// The stage that does `step`.
pub(crate) fn stage(step: Step) -> Option<&'static Stage> {
    CHECKOUT.iter().find(|stage| stage.act == step)
}

/// Which steps of the checkout an order takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// All of them.
    Paid,
    /// Those without a payment: there is nothing to pay.
    Free,
}

impl Plan {
    fn has(self, step: Step) -> bool {
        let is_payment = matches!(step, Step::Authorize | Step::Capture | Step::Void);
        self == Self::Paid || !is_payment
    }

    /// The step that follows `step`, none after the last.
    pub(crate) fn after(self, step: Step) -> Option<Step> {
        let index = CHECKOUT.iter().position(|stage| stage.act == step)?;
        let mut later = CHECKOUT[index + 1..].iter().map(|stage| stage.act);
        later.find(|act| self.has(*act))
    }

    /// The first undo if `step` may have been done: its own, or else the one before.
    pub(crate) fn undo_from(self, step: Step) -> Option<Step> {
        let index = CHECKOUT.iter().position(|stage| stage.act == step)?;
        self.last_undo(&CHECKOUT[..=index])
    }

    /// The first undo if `step` was not done, or was undone: the one before it.
    pub(crate) fn undo_before(self, step: Step) -> Option<Step> {
        let of = |stage: &Stage| stage.act == step || stage.undo == Some(step);
        let index = CHECKOUT.iter().position(of)?;
        self.last_undo(&CHECKOUT[..index])
    }

    /// The first undo of a completed checkout.
    pub(crate) fn undo_all(self) -> Option<Step> {
        self.last_undo(&CHECKOUT)
    }

    fn last_undo(self, done: &[Stage]) -> Option<Step> {
        let mut undos = done.iter().rev().filter_map(|stage| stage.undo);
        undos.find(|undo| self.has(*undo))
    }
}

#[cfg(test)]
mod tests;
