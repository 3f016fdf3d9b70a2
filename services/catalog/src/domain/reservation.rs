use chrono::{DateTime, Utc};
use contracts::messages::{CommitRefusal, Shortage, StockRefusal};
use kernel::{OrderId, ReservationId};

use super::{Hold, Movement};

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The units wait for the order.
    Held,
    /// The units are sold.
    Committed,
    /// Given up by the order: before it was made (a tombstone), while held, or after it was sold.
    Released,
    /// The hold ended by itself.
    Expired,
    /// There were not enough units.
    Refused,
}

/// A hold on stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    /// Drawn by the order service.
    pub(crate) id: ReservationId,
    /// For which order.
    pub(crate) order_id: OrderId,
    /// Where it stands.
    pub(crate) state: State,
    /// When the hold ends by itself; `None` when it was released before it was made, or refused.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// What fell short, if it was refused.
    pub(crate) shortages: Vec<Shortage>,
    /// The units that it holds or held; none if it was refused, or released before it was made.
    pub(crate) holds: Vec<Hold>,
}

/// The answer to a command that asks for stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReserveAnswer {
    /// It is held.
    Reserved {
        /// Until then.
        expires_at: DateTime<Utc>,
    },
    /// It is not.
    Refused(StockRefusal, Vec<Shortage>),
}

/// A change of a reservation and of the units it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transition {
    /// Where it stands afterwards.
    pub(crate) state: State,
    /// What happens to its units.
    pub(crate) movement: Movement,
}

/// What a commit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommitDecision {
    /// What changes; nothing when the command came again.
    pub(crate) transition: Option<Transition>,
    /// The answer.
    pub(crate) answer: Result<(), CommitRefusal>,
}

impl Reservation {
    /// A reservation of nothing.
    pub(crate) const fn new(id: ReservationId, order_id: OrderId, state: State) -> Self {
        Self {
            id,
            order_id,
            state,
            expires_at: None,
            shortages: Vec::new(),
            holds: Vec::new(),
        }
    }

    /// The answer that the command which made it got: it gets the same one every time.
    pub(crate) fn answer(&self) -> ReserveAnswer {
        match (self.state, self.expires_at) {
            (State::Refused, _) => {
                ReserveAnswer::Refused(StockRefusal::OutOfStock, self.shortages.clone())
            }
            (_, Some(expires_at)) => ReserveAnswer::Reserved { expires_at },
            (_, None) => ReserveAnswer::Refused(StockRefusal::Released, Vec::new()),
        }
    }

    /// Sells what is held. A hold whose time is over ends now, even if no job came by yet.
    pub(crate) fn commit(&self, now: DateTime<Utc>) -> CommitDecision {
        let (transition, answer) = match self.state {
            State::Held if self.is_due(now) => (self.expire(now), Err(CommitRefusal::Expired)),
            State::Held => {
                let sell = Transition {
                    state: State::Committed,
                    movement: Movement::Sell,
                };
                (Some(sell), Ok(()))
            }
            State::Committed => (None, Ok(())),
            State::Expired => (None, Err(CommitRefusal::Expired)),
            State::Released | State::Refused => (None, Err(CommitRefusal::NotHeld)),
        };
        CommitDecision { transition, answer }
    }

    /// Gives everything back; `None` when there is nothing to give back.
    pub(crate) fn release(&self) -> Option<Transition> {
        let movement = match self.state {
            State::Held => Movement::Free,
            State::Committed => Movement::Return,
            State::Released | State::Expired | State::Refused => return None,
        };
        Some(Transition {
            state: State::Released,
            movement,
        })
    }

    /// Ends a hold whose time is over; `None` when it is not.
    pub(crate) fn expire(&self, now: DateTime<Utc>) -> Option<Transition> {
        (self.state == State::Held && self.is_due(now)).then_some(Transition {
            state: State::Expired,
            movement: Movement::Free,
        })
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

#[cfg(test)]
mod tests;
