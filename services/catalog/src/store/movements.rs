//! Units that move because of reservations. The two statements that every sale makes are prepared
//! once per connection: they are types of their own, because `sql_query` prepares each time.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::products;
use super::rows::units;
use crate::domain::{Hold, Movement};
use crate::schema::{products as products_table, stock_journal};

/// Inserts a held reservation with its lines and reserves the units, whose rows are locked already.
#[derive(Debug, Clone)]
pub(super) struct MakeHold {
    pub(super) id: Uuid,
    pub(super) order_id: Uuid,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
    pub(super) product_ids: Vec<Uuid>,
    pub(super) quantities: Vec<i32>,
}

/// Moves the units of a reservation's lines; locks their rows in the order of their SKUs.
#[derive(Debug, Clone)]
struct Move {
    reservation_id: Uuid,
    on_hand: i32,
    reserved: i32,
}

/// Product, units of the line, and the level after the movement.
type Moved = (Uuid, i32, i32, i32);
type MovedSql = (SqlUuid, Integer, Integer, Integer);

impl QueryFragment<Pg> for MakeHold {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH reservation AS (
                INSERT INTO reservations (id, order_id, state, expires_at, created_at, updated_at)
                VALUES (",
        );
        out.push_bind_param::<SqlUuid, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<SqlUuid, _>(&self.order_id)?;
        out.push_sql(", 'held', ");
        out.push_bind_param::<Timestamptz, _>(&self.expires_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamptz, _>(&self.now)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamptz, _>(&self.now)?;
        out.push_sql(
            ") RETURNING id
            ), line AS (
                INSERT INTO reservation_lines (reservation_id, product_id, quantity)
                SELECT reservation.id, wanted.product_id, wanted.quantity
                FROM reservation, unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.product_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.quantities)?;
        out.push_sql(
            ") AS wanted (product_id, quantity)
                RETURNING product_id, quantity
            )
            UPDATE stock SET reserved = stock.reserved + line.quantity
            FROM line WHERE stock.product_id = line.product_id
            RETURNING stock.product_id, line.quantity, stock.on_hand, stock.reserved",
        );
        Ok(())
    }
}

impl QueryFragment<Pg> for Move {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH line AS MATERIALIZED (
                SELECT stock.product_id, reservation_lines.quantity
                FROM reservation_lines JOIN stock USING (product_id)
                WHERE reservation_lines.reservation_id = ",
        );
        out.push_bind_param::<SqlUuid, _>(&self.reservation_id)?;
        out.push_sql(" ORDER BY stock.sku FOR UPDATE OF stock) UPDATE stock SET on_hand = stock.on_hand + line.quantity * ");
        out.push_bind_param::<Integer, _>(&self.on_hand)?;
        out.push_sql(", reserved = stock.reserved + line.quantity * ");
        out.push_bind_param::<Integer, _>(&self.reserved)?;
        out.push_sql(
            " FROM line WHERE stock.product_id = line.product_id
            RETURNING stock.product_id, line.quantity, stock.on_hand, stock.reserved",
        );
        Ok(())
    }
}

macro_rules! prepared_once {
    ($($statement:ident),*) => {$(
        impl QueryId for $statement {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }
        impl Query for $statement {
            type SqlType = MovedSql;
        }
    )*};
}
prepared_once!(MakeHold, Move);

/// Why the units on hand changed.
#[derive(Clone, Copy)]
pub(super) struct Journal<'a> {
    pub(super) kind: &'static str,
    pub(super) reason: &'a str,
    pub(super) reference: Option<Uuid>,
    pub(super) at: DateTime<Utc>,
}

/// Holds units for a new reservation. The hot row of a flash sale is locked already, and stays so
/// until the commit: nothing is done after this but what needs its outcome. Says how many units.
pub(super) async fn make_hold(
    conn: &mut AsyncPgConnection,
    hold: MakeHold,
) -> Result<u64, persistence::Error> {
    let moved: Vec<Moved> = hold.load(conn).await?;
    announce_crossings(conn, &moved, -1).await?;
    Ok(sum(&moved))
}

/// Moves the units of a reservation that ends, and says how many.
pub(super) async fn move_units(
    conn: &mut AsyncPgConnection,
    reservation_id: Uuid,
    movement: Movement,
    now: DateTime<Utc>,
) -> Result<u64, persistence::Error> {
    let (on_hand, reserved) = movement.per_unit();
    let statement = Move {
        reservation_id,
        on_hand,
        reserved,
    };
    let moved: Vec<Moved> = statement.load(conn).await?;
    let kind = match movement {
        Movement::Sell => Some("sold"),
        Movement::Return => Some("returned"),
        Movement::Free => None,
    };
    if let Some(kind) = kind {
        let deltas: Vec<(Uuid, i32)> = moved
            .iter()
            .map(|(product_id, quantity, ..)| (*product_id, quantity * on_hand))
            .collect();
        let journal = Journal {
            kind,
            reason: "order",
            reference: Some(reservation_id),
            at: now,
        };
        write_journal(conn, &deltas, journal).await?;
    }
    announce_crossings(conn, &moved, on_hand - reserved).await?;
    Ok(sum(&moved))
}

/// How many units moved.
fn sum(moved: &[Moved]) -> u64 {
    let quantities = moved.iter().map(|(_, quantity, ..)| *quantity);
    quantities
        .filter_map(|quantity| u64::try_from(quantity).ok())
        .sum()
}

/// Writes changes of the units on hand to the journal.
pub(super) async fn write_journal(
    conn: &mut AsyncPgConnection,
    deltas: &[(Uuid, i32)],
    journal: Journal<'_>,
) -> Result<(), persistence::Error> {
    let rows: Vec<_> = deltas
        .iter()
        .map(|(product_id, delta)| {
            (
                stock_journal::id.eq(Uuid::now_v7()),
                stock_journal::product_id.eq(*product_id),
                stock_journal::delta.eq(*delta),
                stock_journal::kind.eq(journal.kind),
                stock_journal::reason.eq(journal.reason),
                stock_journal::reference.eq(journal.reference),
                stock_journal::created_at.eq(journal.at),
            )
        })
        .collect();
    diesel::insert_into(stock_journal::table)
        .values(rows)
        .execute(conn)
        .await?;
    Ok(())
}

/// Announces the products that sold out, or can be bought again. `per_unit` is what one moved unit
/// did to the units available.
async fn announce_crossings(
    conn: &mut AsyncPgConnection,
    moved: &[Moved],
    per_unit: i32,
) -> Result<(), persistence::Error> {
    let crossed = |in_stock: bool| -> Vec<Uuid> {
        moved
            .iter()
            .filter(|(_, quantity, on_hand, reserved)| {
                let after = on_hand - reserved;
                let before = after - quantity * per_unit;
                (after > 0) == in_stock && (before > 0) != in_stock
            })
            .map(|(product_id, ..)| *product_id)
            .collect()
    };
    for in_stock in [false, true] {
        cross_zero(conn, &crossed(in_stock), in_stock).await?;
    }
    Ok(())
}

/// Notes that products sold out, or can be bought again, and announces it.
pub(super) async fn cross_zero(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
    in_stock: bool,
) -> Result<(), persistence::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(products_table::table.filter(products_table::id.eq_any(ids)))
        .set(products_table::in_stock.eq(in_stock))
        .execute(conn)
        .await?;
    products::announce(conn, ids, None).await
}

impl MakeHold {
    /// The lines as the statement takes them.
    pub(super) fn lines(holds: &[Hold]) -> (Vec<Uuid>, Vec<i32>) {
        holds
            .iter()
            .map(|hold| (hold.product_id.as_uuid(), units(hold.quantity)))
            .unzip()
    }
}
