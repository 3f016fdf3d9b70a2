//! Reservations: what the consumer does in its own transaction.

use chrono::{DateTime, Utc};
use contracts::messages::{
    CommitRefusal, CommitRefused, CommitReservation, ReleaseStock, ReservationCommitted,
    ReserveStock, Shortage, StockRefusal, StockRefused, StockReleased, StockReserved,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, ReservationId, Sku};
use serde_json::Value;
use uuid::Uuid;

use super::movements::{self, MakeHold};
use super::rows::corrupt;
use super::{Store, stock};
use crate::domain::{self, Reservation, ReserveAnswer, State, Transition};
use crate::schema::{reservation_lines, reservations, stock as stock_table};

impl Store {
    /// Holds all lines or none, and answers, with the number of units that it holds now. The same
    /// command again gets the same answer again, and holds no more.
    ///
    /// # Errors
    /// The database; the transaction must be rolled back then.
    pub(crate) async fn reserve(
        &self,
        conn: &mut AsyncPgConnection,
        command: &ReserveStock,
    ) -> Result<(ReserveAnswer, u64), persistence::Error> {
        let (id, order_id) = (command.reservation_id, command.order_id);
        let (answer, held) = match find(conn, id).await? {
            Some(reservation) => (reservation.answer(), 0),
            None => self.make(conn, command).await?,
        };
        match answer.clone() {
            ReserveAnswer::Reserved { expires_at } => {
                let reply = StockReserved {
                    order_id,
                    reservation_id: id,
                    expires_at,
                };
                outbox::enqueue(conn, &reply).await?;
            }
            ReserveAnswer::Refused(refusal, shortages) => {
                let reply = StockRefused {
                    order_id,
                    reservation_id: id,
                    refusal,
                    shortages,
                };
                outbox::enqueue(conn, &reply).await?;
            }
        }
        Ok((answer, held))
    }

    /// Sells what is held, or says why not; with the number of units sold now.
    ///
    /// # Errors
    /// The database; the transaction must be rolled back then.
    pub(crate) async fn commit(
        &self,
        conn: &mut AsyncPgConnection,
        command: &CommitReservation,
    ) -> Result<(Result<(), CommitRefusal>, u64), persistence::Error> {
        let (reservation_id, order_id) = (command.reservation_id, command.order_id);
        let now = self.clock.now();
        let mut sold = 0;
        let answer = match find(conn, reservation_id).await? {
            None => Err(CommitRefusal::NotHeld),
            Some(reservation) => {
                let decision = reservation.commit(now);
                if let Some(transition) = decision.transition {
                    sold = apply(conn, reservation_id, transition, now).await?;
                }
                decision.answer
            }
        };
        match answer {
            Ok(()) => {
                let reply = ReservationCommitted {
                    order_id,
                    reservation_id,
                };
                outbox::enqueue(conn, &reply).await?;
            }
            Err(refusal) => {
                let reply = CommitRefused {
                    order_id,
                    reservation_id,
                    refusal,
                };
                outbox::enqueue(conn, &reply).await?;
            }
        }
        Ok((answer, sold))
    }

    /// Gives back whatever a reservation has. One that never came leaves a tombstone, so that it is
    /// refused when it comes late. Says how many units it gave back.
    ///
    /// # Errors
    /// The database; the transaction must be rolled back then.
    pub(crate) async fn release(
        &self,
        conn: &mut AsyncPgConnection,
        command: &ReleaseStock,
    ) -> Result<u64, persistence::Error> {
        let (reservation_id, order_id) = (command.reservation_id, command.order_id);
        let now = self.clock.now();
        let mut released = 0;
        match find(conn, reservation_id).await? {
            Some(reservation) => {
                if let Some(transition) = reservation.release() {
                    released = apply(conn, reservation_id, transition, now).await?;
                }
            }
            None => {
                insert_ended(conn, reservation_id, order_id, State::Released, None, now).await?;
            }
        }
        let reply = StockReleased {
            order_id,
            reservation_id,
        };
        outbox::enqueue(conn, &reply).await?;
        Ok(released)
    }

    /// Locks these reservations, and the stock of their lines and of these SKUs, each in one order,
    /// until the end of the transaction.
    ///
    /// # Errors
    /// The database; the transaction must be rolled back then.
    pub(crate) async fn lock(
        &self,
        conn: &mut AsyncPgConnection,
        ids: &[ReservationId],
        skus: &[Sku],
    ) -> Result<(), persistence::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let _locked: Vec<Uuid> = reservations::table
            .filter(reservations::id.eq_any(&ids))
            .order(reservations::id)
            .select(reservations::id)
            .for_update()
            .load(conn)
            .await?;
        let held: Vec<String> = reservation_lines::table
            .inner_join(
                stock_table::table.on(stock_table::product_id.eq(reservation_lines::product_id)),
            )
            .filter(reservation_lines::reservation_id.eq_any(&ids))
            .select(stock_table::sku)
            .distinct()
            .load(conn)
            .await?;
        let wanted = skus.iter().map(Sku::as_str);
        let all: Vec<&str> = held.iter().map(String::as_str).chain(wanted).collect();
        stock::lock(conn, &all).await?;
        Ok(())
    }

    async fn make(
        &self,
        conn: &mut AsyncPgConnection,
        command: &ReserveStock,
    ) -> Result<(ReserveAnswer, u64), persistence::Error> {
        let now = self.clock.now();
        let (id, order_id) = (command.reservation_id, command.order_id);
        let skus: Vec<&str> = command.lines.iter().map(|line| line.sku.as_str()).collect();
        let levels = stock::lock(conn, &skus).await?;
        match domain::hold(&command.lines, &levels) {
            Ok(holds) => {
                let (product_ids, quantities) = MakeHold::lines(&holds);
                let hold = MakeHold {
                    id: id.as_uuid(),
                    order_id: order_id.as_uuid(),
                    expires_at: command.expires_at,
                    now,
                    product_ids,
                    quantities,
                };
                let held = movements::make_hold(conn, hold).await?;
                Ok((ReserveAnswer::reserved_until(command.expires_at), held))
            }
            Err(shortages) => {
                let json = serde_json::to_value(&shortages).map_err(corrupt)?;
                insert_ended(conn, id, order_id, State::Refused, Some(json), now).await?;
                let refused = ReserveAnswer::Refused(StockRefusal::OutOfStock, shortages);
                Ok((refused, 0))
            }
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reservations)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    state: String,
    expires_at: Option<DateTime<Utc>>,
    shortages: Option<Value>,
}

async fn find(
    conn: &mut AsyncPgConnection,
    id: ReservationId,
) -> Result<Option<Reservation>, persistence::Error> {
    let row: Option<Row> = reservations::table
        .find(id.as_uuid())
        .select(Row::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(Reservation::try_from).transpose()
}

async fn apply(
    conn: &mut AsyncPgConnection,
    id: ReservationId,
    transition: Transition,
    now: DateTime<Utc>,
) -> Result<u64, persistence::Error> {
    diesel::update(reservations::table.find(id.as_uuid()))
        .set((
            reservations::state.eq(name(transition.state)),
            reservations::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    movements::move_units(conn, id.as_uuid(), transition.movement, now).await
}

/// A reservation that holds nothing from the start.
async fn insert_ended(
    conn: &mut AsyncPgConnection,
    id: ReservationId,
    order_id: OrderId,
    state: State,
    shortages: Option<Value>,
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    diesel::insert_into(reservations::table)
        .values((
            reservations::id.eq(id.as_uuid()),
            reservations::order_id.eq(order_id.as_uuid()),
            reservations::state.eq(name(state)),
            reservations::shortages.eq(shortages),
            reservations::created_at.eq(now),
            reservations::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

const STATES: [(&str, State); 5] = [
    ("held", State::Held),
    ("committed", State::Committed),
    ("released", State::Released),
    ("expired", State::Expired),
    ("refused", State::Refused),
];

fn name(state: State) -> &'static str {
    STATES
        .iter()
        .find(|(_, known)| *known == state)
        .map_or("", |(name, _)| name)
}

impl TryFrom<Row> for Reservation {
    type Error = persistence::Error;

    fn try_from(row: Row) -> Result<Self, persistence::Error> {
        let known = STATES.iter().find(|(name, _)| *name == row.state);
        let (_, state) = known.ok_or(persistence::Error::NotFound)?;
        let shortages: Vec<Shortage> = match row.shortages {
            Some(json) => serde_json::from_value(json).map_err(corrupt)?,
            None => Vec::new(),
        };
        Ok(Self {
            id: row.id.into(),
            order_id: row.order_id.into(),
            state: *state,
            expires_at: row.expires_at,
            shortages,
        })
    }
}
