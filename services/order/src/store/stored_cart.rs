//! Reading carts: a cart, its discount and its lines.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::CartId;
use uuid::Uuid;

use super::cart_lines;
use super::discounts::{DiscountRow, discount_for};
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
    stored(conn, row, owner).await
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

/// Adds the lines to a row, and the uses of its discount by the owner.
pub(super) async fn stored(
    conn: &AsyncPgConnection,
    row: Option<CartRow>,
    owner: &Owner,
) -> Result<StoredCart, Failure> {
    let Some((id, version, discount_code, discount)) = row else {
        return Ok(StoredCart::default());
    };
    let discount = match discount {
        None => None,
        Some(row) => Some(discount_for(conn, row, owner.customer()).await?),
    };
    Ok(StoredCart {
        id: Some(id.into()),
        version,
        discount_code,
        discount,
        lines: cart_lines::of_cart(conn, id).await?,
    })
}
