//! The checkout as one list of steps, each with its undo and with what happens when nobody answers.
//!
//! `domain/order.rs` walks the list: forward with every answer, back from the point where it failed.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::order::Reason;

/// Something asked of another service by a command, and answered by an event.
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

/// What happens when a step's answer does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Ask again a few times, then undo this step and all before it.
    GiveUp(Reason),
    /// Ask again until there is an answer: it can not be guessed and not be taken back.
    Insist,
}

/// One line of the saga.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) act: Step,
    pub(crate) undo: Option<Step>,
    /// Why the order is rejected when the participant says no.
    pub(crate) refused: Reason,
    pub(crate) unanswered: Unanswered,
    /// Why it is rejected when the participant needed the customer, and she did not come. None for
    /// a step that nobody needs her for.
    pub(crate) abandoned: Option<Reason>,
}

/// The checkout. After its last stage the order is confirmed.
pub(crate) const CHECKOUT: [Stage; 3] = [
    Stage {
        act: Step::Reserve,
        undo: Some(Step::Release),
        refused: Reason::OutOfStock,
        unanswered: Unanswered::GiveUp(Reason::StockTimedOut),
        abandoned: None,
    },
    Stage {
        act: Step::Authorize,
        undo: Some(Step::Void),
        refused: Reason::PaymentDeclined,
        unanswered: Unanswered::GiveUp(Reason::PaymentTimedOut),
        // 3-D Secure: the customer's bank wants to hear from her first.
        abandoned: Some(Reason::PaymentExpired),
    },
    // The pivot: once asked for, the order is confirmed or refused by the answer alone.
    Stage {
        act: Step::Commit,
        undo: None,
        refused: Reason::ReservationExpired,
        unanswered: Unanswered::Insist,
        abandoned: None,
    },
];

/// Questions after which a step counts as stuck: whoever is well has answered by then.
pub(crate) const USUAL_ATTEMPTS: u32 = 3;

/// The first thing asked for.
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

/// How long the saga waits for answers: the `[saga]` section of the configuration.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Milliseconds to wait for the stock to be held, before asking again; doubles every time.
    pub reserve_wait_ms: u64,
    /// How often the stock is asked for before the order is given up.
    pub reserve_attempts: u32,
    /// Milliseconds to wait for the authorization, before asking again; doubles every time.
    pub authorize_wait_ms: u64,
    /// How often the authorization is asked for before the order is given up.
    pub authorize_attempts: u32,
    /// Milliseconds that the customer has for what her bank wants of her (3-D Secure).
    pub authentication_wait_ms: u64,
    /// Milliseconds to wait for the answer to anything that is asked for until it is answered.
    pub insist_wait_ms: u64,
    /// The most milliseconds between two of those questions; the wait doubles until then.
    pub insist_wait_max_ms: u64,
    /// Milliseconds that a reservation outlives the longest possible wait, for the commit.
    pub reservation_margin_ms: u64,
    /// Milliseconds between two looks for answers that are overdue.
    pub tick_ms: u64,
}

impl Timing {
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_ms)
    }

    /// How long to wait for an answer after having asked for `step` so often.
    pub(crate) fn wait(&self, step: Step, attempts: u32) -> Duration {
        let doubled =
            |first: u64| first.saturating_mul(1_u64 << attempts.saturating_sub(1).min(30));
        Duration::from_millis(match step {
            Step::Reserve => doubled(self.reserve_wait_ms),
            Step::Authorize => doubled(self.authorize_wait_ms),
            Step::Commit | Step::Capture | Step::Void | Step::Release => self.insist(attempts),
        })
    }

    /// How long a customer has for what a participant wants of her.
    pub(crate) fn wait_for_customer(&self) -> Duration {
        Duration::from_millis(self.authentication_wait_ms)
    }

    /// The longest time between two questions that are asked until they are answered.
    pub(crate) fn longest_wait(&self) -> Duration {
        Duration::from_millis(self.insist_wait_max_ms)
    }

    /// How long to wait for the answer to a refund after having asked so often.
    pub(crate) fn wait_for_refund(&self, attempts: u32) -> Duration {
        Duration::from_millis(self.insist(attempts))
    }

    /// How often a step that can be given up is asked for.
    pub(crate) fn patience(&self, step: Step) -> u32 {
        match step {
            Step::Reserve => self.reserve_attempts,
            Step::Authorize => self.authorize_attempts,
            Step::Commit | Step::Capture | Step::Void | Step::Release => u32::MAX,
        }
    }

    /// How long a reservation must hold: longer than all waits before the commit together, also when
    /// the customer is needed at the last moment and takes all her time.
    pub(crate) fn reservation(&self) -> Duration {
        let waits: Duration = CHECKOUT
            .iter()
            .filter(|stage| stage.unanswered != Unanswered::Insist)
            .flat_map(|stage| (1..=self.patience(stage.act)).map(|n| self.wait(stage.act, n)))
            .sum();
        let needed = CHECKOUT.iter().filter(|stage| stage.abandoned.is_some());
        let customer: Duration = needed.map(|_| self.wait_for_customer()).sum();
        waits + customer + Duration::from_millis(self.reservation_margin_ms)
    }

    fn insist(&self, attempts: u32) -> u64 {
        self.insist_wait_ms
            .saturating_mul(1_u64 << attempts.saturating_sub(1).min(30))
            .min(self.insist_wait_max_ms)
    }
}

#[cfg(test)]
mod tests;
