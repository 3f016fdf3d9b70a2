//! Discount codes, and which orders use them. A use is counted in the transaction that places the order, and given back
//! by the one that ends its undo.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{BasisPoints, UserId};
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use super::codes::unreadable;
use super::rows::{int, money};
use crate::domain::{Change, Discount, Error, Event, OrderRecord, Terms};
use crate::failure::Failure;
use crate::schema::{discount_codes, discount_uses};

/// Which codes to list.
#[derive(Debug, Clone)]
pub(crate) struct DiscountPage {
    /// The last code of the previous page.
    pub(crate) after: Option<String>,
    pub(crate) size: u32,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = discount_codes, check_for_backend(diesel::pg::Pg), primary_key(code), treat_none_as_null = true)]
pub(super) struct DiscountRow {
    code: String,
    basis_points: i32,
    minimum_minor: Option<i64>,
    minimum_currency: Option<String>,
    valid_from: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
    max_uses: Option<i32>,
    max_uses_per_customer: Option<i32>,
    uses: i32,
    ended_at: Option<DateTime<Utc>>,
    version: i64,
}

impl DiscountRow {
    fn new(discount: &Discount) -> Self {
        let terms = &discount.terms;
        Self {
            code: discount.code.clone(),
            basis_points: int(terms.share.0),
            minimum_minor: terms.minimum.map(|minimum| minimum.minor_units()),
            minimum_currency: terms.minimum.map(|minimum| minimum.currency().to_string()),
            valid_from: terms.valid_from,
            valid_until: terms.valid_until,
            max_uses: terms.max_uses.map(int),
            max_uses_per_customer: terms.max_uses_per_customer.map(int),
            uses: int(discount.uses),
            ended_at: discount.ended_at,
            version: discount.version,
        }
    }

    fn discount(self, uses_of_customer: u32) -> Result<Discount, diesel::result::Error> {
        let number = |number: i32| u32::try_from(number).map_err(unreadable);
        let minimum = match (self.minimum_minor, self.minimum_currency) {
            (Some(minor), Some(currency)) => Some(money(minor, &currency)?),
            _ => None,
        };
        Ok(Discount {
            code: self.code,
            terms: Terms {
                share: BasisPoints(number(self.basis_points)?),
                minimum,
                valid_from: self.valid_from,
                valid_until: self.valid_until,
                max_uses: self.max_uses.map(number).transpose()?,
                max_uses_per_customer: self.max_uses_per_customer.map(number).transpose()?,
            },
            uses: number(self.uses)?,
            uses_of_customer,
            ended_at: self.ended_at,
            version: self.version,
        })
    }
}

/// The discount of a row, with the uses of a customer if they matter.
pub(super) async fn discount_for(
    mut conn: &AsyncPgConnection,
    row: DiscountRow,
    customer: Option<Uuid>,
) -> Result<Discount, Failure> {
    let limited = customer.filter(|_| row.max_uses_per_customer.is_some());
    let uses: i64 = match limited {
        None => 0,
        Some(customer) => {
            discount_uses::table
                .filter(discount_uses::code.eq(&row.code))
                .filter(discount_uses::customer_id.eq(customer))
                .count()
                .get_result(&mut conn)
                .await?
        }
    };
    Ok(row.discount(u32::try_from(uses).map_err(unreadable)?)?)
}

/// Counts the use of an order's code. The code's row is locked until the commit, so its last use is taken once. Run it
/// as the last statements of a transaction: all orders with the code wait for the lock.
///
/// # Errors
/// `DiscountInvalid`: it does not apply any more. `CartChanged`: it takes another amount off than the order has.
pub(super) async fn take_use(
    mut conn: &AsyncPgConnection,
    record: &OrderRecord,
) -> Result<(), Failure> {
    let Some(code) = &record.discount_code else {
        return Ok(());
    };
    let row = locked(conn, code).await?.ok_or(Error::DiscountInvalid)?;
    let customer = record.customer_id.as_uuid();
    // Read after the lock was granted, so it includes every order that was committed before.
    let discount = discount_for(conn, row, Some(customer)).await?;
    if discount.off(record.totals.lines, record.placed_at)? != record.totals.discount {
        return Err(Error::CartChanged.into());
    }
    let mut other = conn;
    let count = diesel::update(discount_codes::table.find(code))
        .set(discount_codes::uses.eq(discount_codes::uses + 1))
        .execute(&mut conn);
    let insert = diesel::insert_into(discount_uses::table)
        .values((
            discount_uses::order_id.eq(record.id.as_uuid()),
            discount_uses::code.eq(code),
            discount_uses::customer_id.eq(customer),
        ))
        .execute(&mut other);
    tokio::try_join!(count, insert)?;
    Ok(())
}

/// Gives the uses of rejected and cancelled orders back. The row of a use is deleted, so each is given back once.
pub(super) async fn give_back_uses(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
) -> Result<(), Failure> {
    let is_undone = |event: &Event| matches!(event, Event::Rejected(_) | Event::Cancelled(_));
    let undone = changes
        .iter()
        .filter(|change| change.events.iter().any(is_undone));
    let undone: Vec<Uuid> = undone.map(|change| change.order.id.as_uuid()).collect();
    if undone.is_empty() {
        return Ok(());
    }
    // The codes are locked in their order, so two transactions cannot deadlock.
    prepared(
        "WITH gone AS (DELETE FROM discount_uses WHERE order_id = ANY ($1) RETURNING code),
              given_back AS (SELECT code, count(*)::integer AS uses FROM gone GROUP BY code),
              locked AS (SELECT d.code FROM discount_codes d WHERE d.code IN (SELECT code FROM given_back)
                         ORDER BY d.code FOR NO KEY UPDATE)
         UPDATE discount_codes d SET uses = d.uses - b.uses
         FROM given_back b JOIN locked USING (code) WHERE d.code = b.code",
    )
    .bind::<Array<SqlUuid>, _>(undone)
    .execute(&mut conn)
    .await?;
    Ok(())
}

async fn locked(
    mut conn: &AsyncPgConnection,
    code: &str,
) -> Result<Option<DiscountRow>, diesel::result::Error> {
    discount_codes::table
        .find(code)
        .select(DiscountRow::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

impl Store {
    /// The discount of a code in upper case, for a customer or a guest.
    pub(crate) async fn discount(
        &self,
        code: &str,
        customer: Option<UserId>,
    ) -> Result<Option<Discount>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<DiscountRow> = discount_codes::table
            .find(code)
            .select(DiscountRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        match row {
            None => Ok(None),
            Some(row) => {
                let customer = customer.map(UserId::as_uuid);
                Ok(Some(discount_for(&conn, row, customer).await?))
            }
        }
    }

    /// A page of codes in alphabetical order, and whether there are more.
    pub(crate) async fn discounts(
        &self,
        page: DiscountPage,
    ) -> Result<(Vec<Discount>, bool), Failure> {
        let mut conn = self.database.get().await?;
        let mut rows: Vec<DiscountRow> = discount_codes::table
            .filter(discount_codes::code.gt(page.after.unwrap_or_default()))
            .order(discount_codes::code)
            .limit(i64::from(page.size) + 1)
            .select(DiscountRow::as_select())
            .load(&mut conn)
            .await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let discounts = rows.into_iter().map(|row| row.discount(0));
        Ok((
            discounts.collect::<Result<_, diesel::result::Error>>()?,
            more,
        ))
    }

    /// The code, locked until the end of the transaction.
    ///
    /// # Errors
    /// `DiscountNotFound`; the database.
    pub(crate) async fn lock_discount(
        &self,
        conn: &mut AsyncPgConnection,
        code: &str,
    ) -> Result<Discount, Failure> {
        let row = locked(conn, code).await?.ok_or(Error::DiscountNotFound)?;
        Ok(row.discount(0)?)
    }

    /// Adds a code.
    ///
    /// # Errors
    /// `DiscountExists`; the database.
    pub(crate) async fn insert_discount(
        &self,
        conn: &mut AsyncPgConnection,
        discount: &Discount,
    ) -> Result<(), Failure> {
        let inserted = diesel::insert_into(discount_codes::table)
            .values(DiscountRow::new(discount))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        match inserted {
            0 => Err(Error::DiscountExists.into()),
            _ => Ok(()),
        }
    }

    /// Writes a code that this transaction has locked.
    pub(crate) async fn update_discount(
        &self,
        conn: &mut AsyncPgConnection,
        discount: &Discount,
    ) -> Result<(), Failure> {
        diesel::update(discount_codes::table.find(&discount.code))
            .set(DiscountRow::new(discount))
            .execute(conn)
            .await?;
        Ok(())
    }
}
