//! Reading carts: a cart, its discount and its lines.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{BasisPoints, CartId};
use uuid::Uuid;

use super::cart_lines;
use super::codes::unreadable;
use super::rows::money;
use crate::domain::{Contents, Discount, Lines, Owner};
use crate::failure::Failure;
use crate::schema::{carts, discount_codes};

/// A cart as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredCart {
    /// None when there is no cart yet.
    pub(crate) id: Option<CartId>,
    /// Incremented by each write.
    pub(crate) version: i64,
    pub(crate) discount_code: Option<String>,
    /// The discount of the code, if that still exists.
    pub(crate) discount: Option<Discount>,
    pub(crate) lines: Lines,
}

impl StoredCart {
    pub(crate) fn contents(&self) -> Contents {
        Contents {
            lines: self.lines.clone(),
            discount_code: self.discount_code.clone(),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = discount_codes, check_for_backend(diesel::pg::Pg))]
pub(super) struct DiscountRow {
    code: String,
    basis_points: i32,
    minimum_minor: Option<i64>,
    minimum_currency: Option<String>,
    valid_from: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
}

impl DiscountRow {
    pub(super) fn discount(self) -> Result<Discount, Failure> {
        let minimum = match (self.minimum_minor, self.minimum_currency) {
            (Some(minor), Some(currency)) => Some(money(minor, &currency)?),
            _ => None,
        };
        Ok(Discount {
            code: self.code,
            share: BasisPoints(u32::try_from(self.basis_points).map_err(unreadable)?),
            minimum,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        })
    }
}

/// One prepared statement finds the carts of both kinds of owners: the condition that does not apply
/// compares with NULL, which matches no row.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn owned_by(owner: &Owner, now: DateTime<Utc>) -> _ {
    let customer: Option<Uuid> = owner.customer();
    let token_hash: Option<Vec<u8>> = owner.token_hash();
    carts::customer_id.eq(customer).or(carts::token_hash
        .eq(token_hash)
        .and(carts::expires_at.gt(now)))
}

/// Id, version, discount code and its discount.
pub(super) type CartRow = (Uuid, i64, Option<String>, Option<DiscountRow>);

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    now: DateTime<Utc>,
) -> Result<StoredCart, Failure> {
    let row = find_row(conn, owner, now).await?;
    stored(conn, row).await
}

pub(super) async fn find_row(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    now: DateTime<Utc>,
) -> Result<Option<CartRow>, Failure> {
    let discount = carts::discount_code.eq(discount_codes::code.nullable());
    let row = carts::table
        .left_join(discount_codes::table.on(discount))
        .filter(owned_by(owner, now))
        .select((
            carts::id,
            carts::version,
            carts::discount_code,
            Option::<DiscountRow>::as_select(),
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(row)
}

/// Adds the lines to a row.
pub(super) async fn stored(
    conn: &AsyncPgConnection,
    row: Option<CartRow>,
) -> Result<StoredCart, Failure> {
    let Some((id, version, discount_code, discount)) = row else {
        return Ok(StoredCart::default());
    };
    Ok(StoredCart {
        id: Some(id.into()),
        version,
        discount_code,
        discount: discount.map(DiscountRow::discount).transpose()?,
        lines: cart_lines::of_cart(conn, id).await?,
    })
}
