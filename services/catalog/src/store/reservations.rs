//! The tables `reservations` and `reservation_lines`.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{ReservationId, Sku};
use outbox::Messages;
use persistence::prepared;
use serde_json::Value;
use uuid::Uuid;

use super::rows::{corrupt, units};
use super::{Store, product_events, stock};
use crate::domain::{Changes, Inventory, Reservation, ReservationLine, State};
use crate::schema::{reservation_lines, reservations};

impl Store {
    /// Locks these reservations, and the stock of their lines and of these SKUs, until the end of the transaction. The
    /// lock order avoids deadlocks: reservations by id, then stock by SKU, then products.
    ///
    /// # Errors
    /// The database; the caller must then roll the transaction back.
    pub(crate) async fn lock_inventory(
        conn: &mut AsyncPgConnection,
        ids: &[ReservationId],
        skus: &[&Sku],
        now: DateTime<Utc>,
    ) -> Result<Inventory, persistence::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let mut rows: Vec<Row> = Vec::new();
        if !ids.is_empty() {
            rows = reservations::table
                .filter(reservations::id.eq_any(ids))
                .order(reservations::id)
                .select(Row::as_select())
                .for_update()
                .load(conn)
                .await?;
        }
        inventory(conn, rows, skus, now).await
    }

    /// Locks at most `limit` due reservations, and the stock of their lines. Skips reservations that another transaction
    /// has locked.
    ///
    /// # Errors
    /// The database; the caller must then roll the transaction back.
    pub(crate) async fn lock_due(
        conn: &mut AsyncPgConnection,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Inventory, persistence::Error> {
        let rows: Vec<Row> = reservations::table
            // A literal, because PostgreSQL cannot match a parameter to the partial index.
            .filter(sql::<Bool>("state = 'held'"))
            .filter(reservations::expires_at.le(now))
            .order(reservations::expires_at)
            .limit(limit.into())
            .select(Row::as_select())
            .for_update()
            .skip_locked()
            .load(conn)
            .await?;
        inventory(conn, rows, &[], now).await
    }

    /// Saves the changes, and writes the messages to the outbox, with an event for each product that sold out or is in
    /// stock again.
    ///
    /// # Errors
    /// The database; the caller must then roll the transaction back.
    pub(crate) async fn save(
        conn: &mut AsyncPgConnection,
        changes: Changes,
        mut messages: Messages,
    ) -> Result<(), persistence::Error> {
        product_events::update_in_stock(conn, &changes.availability, &mut messages).await?;
        // Independent statements are pipelined.
        let conn: &AsyncPgConnection = conn;
        tokio::try_join!(
            insert(conn, &changes.new_reservations, changes.at),
            update(conn, &changes.states, changes.at),
            stock::change_levels(conn, &changes.levels),
            stock::write_journal(conn, &changes.journal, changes.at),
            messages.enqueue(conn),
        )?;
        Ok(())
    }
}

async fn inventory(
    conn: &mut AsyncPgConnection,
    rows: Vec<Row>,
    skus: &[&Sku],
    now: DateTime<Utc>,
) -> Result<Inventory, persistence::Error> {
    let mut reservations = rows
        .into_iter()
        .map(Reservation::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = reservations.iter().map(|row| row.id.as_uuid()).collect();
    let mut products = Vec::new();
    if !ids.is_empty() {
        let lines: Vec<(Uuid, Uuid, i32)> = reservation_lines::table
            .filter(reservation_lines::reservation_id.eq_any(ids))
            .select((
                reservation_lines::reservation_id,
                reservation_lines::product_id,
                reservation_lines::quantity,
            ))
            .load(conn)
            .await?;
        for reservation in &mut reservations {
            for (_, product_id, quantity) in lines
                .iter()
                .filter(|(id, ..)| *id == reservation.id.as_uuid())
            {
                reservation.lines.push(ReservationLine {
                    product_id: (*product_id).into(),
                    quantity: u32::try_from(*quantity).map_err(corrupt)?,
                });
            }
        }
        products = lines
            .into_iter()
            .map(|(_, product_id, _)| product_id)
            .collect();
    }
    let levels = stock::lock(conn, skus, &products).await?;
    Ok(Inventory::new(reservations, levels, now))
}

async fn insert(
    mut conn: &AsyncPgConnection,
    reservations: &[Reservation],
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    if reservations.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = reservations.iter().map(|row| row.id.as_uuid()).collect();
    let orders: Vec<Uuid> = reservations
        .iter()
        .map(|row| row.order_id.as_uuid())
        .collect();
    let states: Vec<&str> = reservations.iter().map(|row| name(row.state)).collect();
    let expiries: Vec<_> = reservations.iter().map(|row| row.expires_at).collect();
    let shortages = reservations
        .iter()
        .map(|row| (row.state == State::Refused).then(|| serde_json::to_value(&row.shortages)))
        .map(Option::transpose)
        .collect::<Result<Vec<Option<Value>>, _>>()
        .map_err(corrupt)?;
    let mut lines = (Vec::new(), Vec::new(), Vec::new());
    for reservation in reservations {
        for line in &reservation.lines {
            lines.0.push(reservation.id.as_uuid());
            lines.1.push(line.product_id.as_uuid());
            lines.2.push(units(line.quantity));
        }
    }
    prepared(
        "WITH reservation AS (
             INSERT INTO reservations
                 (id, order_id, state, expires_at, shortages, created_at, updated_at)
             SELECT new.*, $1, $1
             FROM unnest($2, $3, $4, $5, $6) AS new (id, order_id, state, expires_at, shortages)
         )
         INSERT INTO reservation_lines (reservation_id, product_id, quantity)
         SELECT * FROM unnest($7, $8, $9)",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(orders)
    .bind::<Array<Text>, _>(states)
    .bind::<Array<Nullable<Timestamptz>>, _>(expiries)
    .bind::<Array<Nullable<Jsonb>>, _>(shortages)
    .bind::<Array<SqlUuid>, _>(lines.0)
    .bind::<Array<SqlUuid>, _>(lines.1)
    .bind::<Array<Integer>, _>(lines.2)
    .execute(&mut conn)
    .await?;
    Ok(())
}

async fn update(
    mut conn: &AsyncPgConnection,
    states: &[(ReservationId, State)],
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    if states.is_empty() {
        return Ok(());
    }
    let (ids, states): (Vec<Uuid>, Vec<&str>) = states
        .iter()
        .map(|(id, state)| (id.as_uuid(), name(*state)))
        .unzip();
    prepared(
        "UPDATE reservations SET state = new.state, updated_at = $1
         FROM unnest($2, $3) AS new (id, state) WHERE reservations.id = new.id",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(states)
    .execute(&mut conn)
    .await?;
    Ok(())
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
        .find(|(_, candidate)| *candidate == state)
        .map_or("", |(name, _)| name)
}

impl TryFrom<Row> for Reservation {
    type Error = persistence::Error;

    fn try_from(row: Row) -> Result<Self, persistence::Error> {
        let found = STATES.iter().find(|(name, _)| *name == row.state);
        let (_, state) = found.ok_or(persistence::Error::NotFound)?;
        let shortages = match row.shortages {
            Some(json) => serde_json::from_value(json).map_err(corrupt)?,
            None => Vec::new(),
        };
        Ok(Self {
            expires_at: row.expires_at,
            shortages,
            ..Self::new(row.id.into(), row.order_id.into(), *state)
        })
    }
}
