//! The rows of `refund_lines` and `return_lines`, which have the same columns.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::result::Error;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Currency, Money};
use uuid::Uuid;

use super::codes::unreadable;
use super::rows::{int, sku};
use super::save::each;
use crate::domain::{Totals, UnitShare, Units};
use crate::failure::Failure;

/// What has units.
#[derive(Debug, Clone, Copy)]
pub(super) enum UnitsOf {
    Refunds,
    Returns,
}

impl UnitsOf {
    /// The table, and the column with the id of the refund or return.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Refunds => ("refund_lines", "refund_id"),
            Self::Returns => ("return_lines", "return_id"),
        }
    }
}

#[derive(Debug, QueryableByName)]
struct UnitRow {
    #[diesel(sql_type = SqlUuid)]
    owner: Uuid,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Integer)]
    first_unit: i32,
    #[diesel(sql_type = Integer)]
    quantity: i32,
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = BigInt)]
    lines_minor: i64,
    #[diesel(sql_type = BigInt)]
    discount_minor: i64,
    #[diesel(sql_type = BigInt)]
    shipping_minor: i64,
    #[diesel(sql_type = BigInt)]
    tax_minor: i64,
}

impl UnitRow {
    fn share(self, currency: Currency) -> Result<UnitShare, Error> {
        let number = |column: i32| u32::try_from(column).map_err(unreadable);
        let amount = |minor| Money::new(minor, currency);
        let share = Totals::sum(
            amount(self.lines_minor),
            amount(self.discount_minor),
            amount(self.shipping_minor),
            amount(self.tax_minor),
        );
        Ok(UnitShare {
            units: Units {
                position: number(self.position)?,
                first: number(self.first_unit)?,
                count: number(self.quantity)?,
            },
            sku: sku(self.sku)?,
            share: share.map_err(unreadable)?,
        })
    }
}

/// Inserts the units of a new refund or return.
pub(super) async fn insert_units(
    conn: &mut AsyncPgConnection,
    of: UnitsOf,
    owner: Uuid,
    shares: &[UnitShare],
) -> Result<(), Failure> {
    if shares.is_empty() {
        return Ok(());
    }
    let (table, column) = of.names();
    sql_query(format!(
        "INSERT INTO {table} ({column}, position, first_unit, quantity, sku,
                              lines_minor, discount_minor, shipping_minor, tax_minor)
         SELECT $1, c.* FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) AS c"
    ))
    .bind::<SqlUuid, _>(owner)
    .bind::<Array<Integer>, _>(each(shares, |share| int(share.units.position)))
    .bind::<Array<Integer>, _>(each(shares, |share| int(share.units.first)))
    .bind::<Array<Integer>, _>(each(shares, |share| int(share.units.count)))
    .bind::<Array<Text>, _>(each(shares, |share| share.sku.as_str()))
    .bind::<Array<BigInt>, _>(each(shares, |share| share.share.lines.minor_units()))
    .bind::<Array<BigInt>, _>(each(shares, |share| share.share.discount.minor_units()))
    .bind::<Array<BigInt>, _>(each(shares, |share| share.share.shipping.minor_units()))
    .bind::<Array<BigInt>, _>(each(shares, |share| share.share.tax.minor_units()))
    .execute(conn)
    .await?;
    Ok(())
}

/// The units of these refunds or returns, each with its currency, in the order of the lines.
pub(super) async fn load_units(
    conn: &mut AsyncPgConnection,
    of: UnitsOf,
    owners: HashMap<Uuid, Currency>,
) -> Result<HashMap<Uuid, Vec<UnitShare>>, Failure> {
    let mut units: HashMap<Uuid, Vec<UnitShare>> = HashMap::new();
    if owners.is_empty() {
        return Ok(units);
    }
    let (table, column) = of.names();
    let ids: Vec<Uuid> = owners.keys().copied().collect();
    let rows: Vec<UnitRow> = sql_query(format!(
        "SELECT {column} AS owner, position, first_unit, quantity, sku,
                lines_minor, discount_minor, shipping_minor, tax_minor
         FROM {table} WHERE {column} = ANY ($1) ORDER BY {column}, position, first_unit"
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)
    .await?;
    for row in rows {
        let owner = row.owner;
        if let Some(currency) = owners.get(&owner) {
            units.entry(owner).or_default().push(row.share(*currency)?);
        }
    }
    Ok(units)
}
