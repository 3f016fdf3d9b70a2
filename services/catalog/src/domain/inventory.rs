use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use contracts::messages::{CommitRefusal, CommitReservation, ReleaseStock, ReserveStock};
use kernel::{ProductId, ReservationId, Sku, UserId};
use tracing::Span;

use super::{
    Adjustment, Error, Level, Movement, Reservation, ReservationLine, ReserveReply, State,
    Transition, allocate,
};

mod changes;

pub(crate) use changes::{Availability, Cause, Changes, JournalEntry, LevelChange};

/// Locked reservations and stock levels, with their changes. Commands are decided one after the other: each sees the
/// changes of those before it. All changes are saved together.
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
    /// The state in the database; `None` for a new reservation.
    stored: Option<State>,
    reservation: Reservation,
}

#[derive(Debug)]
struct TrackedLevel {
    was_in_stock: bool,
    /// The span of the command that last changed whether it is in stock.
    changed_in: Span,
    level: Level,
    /// The change of on hand.
    on_hand: i32,
    /// The change of reserved.
    reserved: i32,
}

impl Inventory {
    /// The loaded rows. A reservation that is not among them does not exist.
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
                changed_in: Span::none(),
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

    /// Reserves all lines or none. Returns the reply and the number of newly reserved units. A repeated command has
    /// the same reply and reserves nothing.
    pub(crate) fn reserve(&mut self, command: &ReserveStock) -> (ReserveReply, u64) {
        let id = command.reservation_id;
        if let Some(tracked) = self.reservations.get(&id) {
            return (tracked.reservation.reply(), 0);
        }
        let level = |sku: &Sku| Some(&self.levels.get(self.products.get(sku)?)?.level);
        match allocate(&command.lines, level) {
            Ok(lines) => {
                for line in &lines {
                    self.change(line, 0, 1);
                }
                let reserved = units(&lines);
                // Truncated as in the database, so that a repeated reply is equal.
                let expires_at = Some(command.expires_at.trunc_subsecs(6));
                let reservation = Reservation {
                    expires_at,
                    lines,
                    ..Reservation::new(id, command.order_id, State::Held)
                };
                (self.insert(reservation), reserved)
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

    /// Sells the reserved units, or refuses. Also returns the number of newly sold units.
    pub(crate) fn commit(
        &mut self,
        command: &CommitReservation,
    ) -> (Result<(), CommitRefusal>, u64) {
        let id = command.reservation_id;
        let Some(tracked) = self.reservations.get(&id) else {
            return (Err(CommitRefusal::NotHeld), 0);
        };
        let decision = tracked.reservation.commit(self.now);
        let moved = self.apply(id, decision.transition);
        let sold = decision.result.map_or(0, |()| moved);
        (decision.result, sold)
    }

    /// Releases a reservation; returns the number of units. If the reservation does not exist yet, leaves a tombstone,
    /// so that a late reserve is refused.
    pub(crate) fn release(&mut self, command: &ReleaseStock) -> u64 {
        let id = command.reservation_id;
        let tracked = self.reservations.get(&id);
        match tracked.map(|tracked| tracked.reservation.release()) {
            Some(transition) => self.apply(id, transition),
            None => {
                self.insert(Reservation::new(id, command.order_id, State::Released));
                0
            }
        }
    }

    /// Expires the reservations that are due; returns their number and their units.
    pub(crate) fn expire(&mut self) -> (u64, u64) {
        let due: Vec<(ReservationId, Transition)> = self
            .reservations
            .iter()
            .filter_map(|(id, tracked)| Some((*id, tracked.reservation.expire(self.now)?)))
            .collect();
        let mut units = 0;
        for (id, transition) in &due {
            units += self.apply(*id, Some(*transition));
        }
        (u64::try_from(due.len()).unwrap_or(u64::MAX), units)
    }

    /// Applies an adjustment by staff.
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

    /// The differences from the loaded rows.
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
                    span: tracked.changed_in,
                });
            }
        }
        changes
    }

    fn insert(&mut self, reservation: Reservation) -> ReserveReply {
        let reply = reservation.reply();
        let tracked = TrackedReservation {
            stored: None,
            reservation,
        };
        self.reservations.insert(tracked.reservation.id, tracked);
        reply
    }

    /// Returns the number of units that moved.
    fn apply(&mut self, id: ReservationId, transition: Option<Transition>) -> u64 {
        let tracked = self.reservations.get_mut(&id);
        let Some((tracked, Transition { state, movement })) = tracked.zip(transition) else {
            return 0;
        };
        tracked.reservation.state = state;
        let lines = tracked.reservation.lines.clone();
        let (on_hand, reserved) = movement.per_unit();
        for line in &lines {
            let delta = self.change(line, on_hand, reserved);
            let cause = match movement {
                Movement::Sell => Cause::Sold(id),
                Movement::Return => Cause::Returned(id),
                Movement::Release => continue,
            };
            self.journal.push(JournalEntry {
                product_id: line.product_id,
                delta,
                cause,
            });
        }
        units(&lines)
    }

    /// Changes the level of a product by `on_hand` and `reserved` for each unit of a line; returns the change of on hand.
    fn change(&mut self, line: &ReservationLine, on_hand: i32, reserved: i32) -> i32 {
        let quantity = i32::try_from(line.quantity).unwrap_or(i32::MAX);
        let (on_hand, reserved) = (on_hand * quantity, reserved * quantity);
        if let Some(tracked) = self.levels.get_mut(&line.product_id) {
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
            self.changed_in = Span::current();
        }
        self.level = level;
    }
}

fn units(lines: &[ReservationLine]) -> u64 {
    lines.iter().map(|line| u64::from(line.quantity)).sum()
}

#[cfg(test)]
mod tests;
