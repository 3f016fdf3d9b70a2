use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use contracts::messages::{CommitRefusal, CommitReservation, ReleaseStock, ReserveStock};
use kernel::{ProductId, ReservationId, Sku, UserId};
use tracing::Span;

use super::{
    Adjustment, Error, Hold, Level, Movement, Reservation, ReserveAnswer, State, Transition, hold,
};

mod changes;

pub(crate) use changes::{Availability, Cause, Changes, JournalEntry, LevelChange};

/// Reservations and stock levels that are locked together, and what becomes of them. Commands are decided
/// one after the other: each sees what those before it have changed. All changes are saved at once.
#[derive(Debug)]
pub(crate) struct Inventory {
    now: DateTime<Utc>,
    reservations: BTreeMap<ReservationId, TrackedReservation>,
    levels: BTreeMap<ProductId, TrackedLevel>,
    products: BTreeMap<Sku, ProductId>,
    journal: Vec<JournalEntry>,
}

#[derive(Debug)]
struct TrackedReservation {
    /// The state that is stored; `None` for a new reservation.
    stored: Option<State>,
    reservation: Reservation,
}

#[derive(Debug)]
struct TrackedLevel {
    was_in_stock: bool,
    /// Where it last sold out or came back.
    turned_in: Span,
    level: Level,
    on_hand: i32,
    reserved: i32,
}

impl Inventory {
    /// What was loaded. Reservations that are not among these do not exist.
    pub(crate) fn new(
        reservations: Vec<Reservation>,
        levels: Vec<Level>,
        now: DateTime<Utc>,
    ) -> Self {
        let products = levels
            .iter()
            .map(|level| (level.sku.clone(), level.product_id))
            .collect();
        let reservations = reservations.into_iter().map(|reservation| {
            let stored = Some(reservation.state);
            (
                reservation.id,
                TrackedReservation {
                    stored,
                    reservation,
                },
            )
        });
        let levels = levels.into_iter().map(|level| {
            let tracked = TrackedLevel {
                was_in_stock: level.is_in_stock(),
                turned_in: Span::none(),
                on_hand: 0,
                reserved: 0,
                level,
            };
            (tracked.level.product_id, tracked)
        });
        Self {
            now,
            reservations: reservations.collect(),
            levels: levels.collect(),
            products,
            journal: Vec::new(),
        }
    }

    /// Holds all lines or none, and answers, with the number of units that it holds now. The same
    /// command again gets the same answer, and holds no more.
    pub(crate) fn reserve(&mut self, command: &ReserveStock) -> (ReserveAnswer, u64) {
        let id = command.reservation_id;
        if let Some(known) = self.reservations.get(&id) {
            return (known.reservation.answer(), 0);
        }
        let level = |sku: &Sku| Some(&self.levels.get(self.products.get(sku)?)?.level);
        match hold(&command.lines, level) {
            Ok(holds) => {
                for hold in &holds {
                    self.change(hold, 0, 1);
                }
                let held = units(&holds);
                // As it is stored, so that a repeated answer is the same.
                let expires_at = Some(command.expires_at.trunc_subsecs(6));
                let reservation = Reservation {
                    expires_at,
                    holds,
                    ..Reservation::new(id, command.order_id, State::Held)
                };
                (self.insert(reservation), held)
            }
            Err(shortages) => {
                let reservation = Reservation {
                    shortages,
                    ..Reservation::new(id, command.order_id, State::Refused)
                };
                (self.insert(reservation), 0)
            }
        }
    }

    /// Sells what is held, or says why not; with the number of units sold now.
    pub(crate) fn commit(
        &mut self,
        command: &CommitReservation,
    ) -> (Result<(), CommitRefusal>, u64) {
        let id = command.reservation_id;
        let Some(known) = self.reservations.get(&id) else {
            return (Err(CommitRefusal::NotHeld), 0);
        };
        let decision = known.reservation.commit(self.now);
        let moved = self.apply(id, decision.transition);
        let sold = decision.answer.map_or(0, |()| moved);
        (decision.answer, sold)
    }

    /// Gives back what a reservation has; returns how many units. A reservation that never came leaves a
    /// tombstone, so that it is refused when it comes late.
    pub(crate) fn release(&mut self, command: &ReleaseStock) -> u64 {
        let id = command.reservation_id;
        let known = self.reservations.get(&id);
        match known.map(|known| known.reservation.release()) {
            Some(transition) => self.apply(id, transition),
            None => {
                self.insert(Reservation::new(id, command.order_id, State::Released));
                0
            }
        }
    }

    /// Ends the holds whose time is over; returns how many, and how many units they held.
    pub(crate) fn expire(&mut self) -> (u64, u64) {
        let due: Vec<(ReservationId, Transition)> = self
            .reservations
            .iter()
            .filter_map(|(id, known)| Some((*id, known.reservation.expire(self.now)?)))
            .collect();
        let mut units = 0;
        for (id, transition) in &due {
            units += self.apply(*id, Some(*transition));
        }
        (u64::try_from(due.len()).unwrap_or(u64::MAX), units)
    }

    /// Changes the units on hand by staff.
    ///
    /// # Errors
    /// `ProductNotFound`, `StockInsufficient`.
    pub(crate) fn adjust(&mut self, adjustment: Adjustment, by: UserId) -> Result<Level, Error> {
        let product_id = self.products.get(&adjustment.sku).copied();
        let tracked = product_id.and_then(|id| self.levels.get_mut(&id));
        let tracked = tracked.ok_or(Error::ProductNotFound)?;
        tracked.set(adjustment.apply(&tracked.level)?);
        tracked.on_hand += adjustment.delta;
        self.journal.push(JournalEntry {
            product_id: tracked.level.product_id,
            delta: adjustment.delta,
            cause: Cause::Adjusted {
                by,
                reason: adjustment.reason,
            },
        });
        Ok(tracked.level.clone())
    }

    /// What is different from what was loaded.
    pub(crate) fn into_changes(self) -> Changes {
        let mut changes = Changes {
            at: self.now,
            journal: self.journal,
            ..Changes::default()
        };
        for (id, tracked) in self.reservations {
            match tracked.stored {
                None => changes.new_reservations.push(tracked.reservation),
                Some(stored) if stored != tracked.reservation.state => {
                    changes.states.push((id, tracked.reservation.state));
                }
                Some(_) => {}
            }
        }
        for (product_id, tracked) in self.levels {
            if (tracked.on_hand, tracked.reserved) != (0, 0) {
                changes.levels.push(LevelChange {
                    product_id,
                    on_hand: tracked.on_hand,
                    reserved: tracked.reserved,
                });
            }
            let in_stock = tracked.level.is_in_stock();
            if in_stock != tracked.was_in_stock {
                changes.availability.push(Availability {
                    product_id,
                    in_stock,
                    span: tracked.turned_in,
                });
            }
        }
        changes
    }

    fn insert(&mut self, reservation: Reservation) -> ReserveAnswer {
        let answer = reservation.answer();
        let tracked = TrackedReservation {
            stored: None,
            reservation,
        };
        self.reservations.insert(tracked.reservation.id, tracked);
        answer
    }

    /// Returns how many units moved.
    fn apply(&mut self, id: ReservationId, transition: Option<Transition>) -> u64 {
        let known = self.reservations.get_mut(&id);
        let Some((known, Transition { state, movement })) = known.zip(transition) else {
            return 0;
        };
        known.reservation.state = state;
        let holds = known.reservation.holds.clone();
        let (on_hand, reserved) = movement.per_unit();
        for hold in &holds {
            let delta = self.change(hold, on_hand, reserved);
            let cause = match movement {
                Movement::Sell => Cause::Sold(id),
                Movement::Return => Cause::Returned(id),
                Movement::Free => continue,
            };
            self.journal.push(JournalEntry {
                product_id: hold.product_id,
                delta,
                cause,
            });
        }
        units(&holds)
    }

    /// Changes the level of a product for each unit of a hold; returns the change of the units on hand.
    fn change(&mut self, hold: &Hold, on_hand: i32, reserved: i32) -> i32 {
        let quantity = i32::try_from(hold.quantity).unwrap_or(i32::MAX);
        let (on_hand, reserved) = (on_hand * quantity, reserved * quantity);
        if let Some(tracked) = self.levels.get_mut(&hold.product_id) {
            let mut level = tracked.level.clone();
            level.on_hand = level.on_hand.saturating_add_signed(on_hand);
            level.reserved = level.reserved.saturating_add_signed(reserved);
            tracked.set(level);
            tracked.on_hand += on_hand;
            tracked.reserved += reserved;
        }
        on_hand
    }
}

impl TrackedLevel {
    fn set(&mut self, level: Level) {
        if level.is_in_stock() != self.level.is_in_stock() {
            self.turned_in = Span::current();
        }
        self.level = level;
    }
}

fn units(holds: &[Hold]) -> u64 {
    holds.iter().map(|hold| u64::from(hold.quantity)).sum()
}

#[cfg(test)]
mod tests;
