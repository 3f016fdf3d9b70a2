use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{BasisPoints, CartId, Sku};
use uuid::Uuid;

use super::Store;
use super::codes::unreadable;
use super::rows::{int, money, quantity, sku};
use crate::domain::{Discount, Error, GUEST_DAYS, Lines, Owner, merge_carts};
use crate::failure::Failure;
use crate::schema::{cart_lines, carts, discount_codes};

/// A cart as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredCart {
    /// None when there is no cart yet.
    pub(crate) id: Option<CartId>,
    /// Counts the writes.
    pub(crate) version: i64,
    pub(crate) discount_code: Option<String>,
    /// The discount of the code, if it still exists.
    pub(crate) discount: Option<Discount>,
    pub(crate) lines: Lines,
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

impl Store {
    /// The owner's cart; an empty one when there is none, or when a guest's has expired.
    pub(crate) async fn cart(
        &self,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<StoredCart, Failure> {
        let mut conn = self.database.get().await?;
        find(&mut conn, owner, now).await
    }

    /// The discount of a code in upper case.
    pub(crate) async fn discount(&self, code: &str) -> Result<Option<Discount>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<DiscountRow> = discount_codes::table
            .find(code)
            .select(DiscountRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        row.map(DiscountRow::discount).transpose()
    }

    /// Changes the lines of the owner's cart, which is made if there is none and the owner may have
    /// one. None when a guest's token leads nowhere.
    pub(crate) async fn change_lines(
        &self,
        owner: &Owner,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Lines) -> Result<(), Error> + Clone + Send + Sync,
    ) -> Result<Option<StoredCart>, Failure> {
        let owner = owner.clone();
        self.database
            .transaction(async move |conn| {
                let Some(id) = touch(conn, &owner, now).await? else {
                    return Ok(None);
                };
                let before = lines(conn, id).await?;
                let mut after = before.clone();
                change(&mut after)?;
                write_lines(conn, id, &before, &after).await?;
                find(conn, &owner, now).await.map(Some)
            })
            .await
    }

    /// Sets or removes the code. None when there is no cart.
    pub(crate) async fn set_discount(
        &self,
        owner: &Owner,
        code: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<StoredCart, Failure> {
        let owner = owner.clone();
        self.database
            .transaction(async move |conn| {
                if let Some(id) = touch(conn, &owner, now).await? {
                    diesel::update(carts::table.find(id))
                        .set(carts::discount_code.eq(&code))
                        .execute(conn)
                        .await?;
                }
                find(conn, &owner, now).await
            })
            .await
    }

    /// Moves the guest's lines, and the code if the customer has none, into the customer's cart.
    pub(crate) async fn merge(
        &self,
        customer: &Owner,
        guest: &Owner,
        now: DateTime<Utc>,
    ) -> Result<StoredCart, Failure> {
        let (customer, guest) = (customer.clone(), guest.clone());
        self.database
            .transaction(async move |conn| {
                // The guest's first, always: two merges at once can not wait for each other.
                let moved = find_for_update(conn, &guest, now).await?;
                if let Some(from) = moved.id {
                    let to = touch(conn, &customer, now).await?;
                    if let Some(to) = to {
                        let before = lines(conn, to).await?;
                        let mut after = before.clone();
                        merge_carts(&mut after, moved.lines);
                        write_lines(conn, to, &before, &after).await?;
                        if let Some(code) = moved.discount_code {
                            let without =
                                carts::table.find(to).filter(carts::discount_code.is_null());
                            diesel::update(without)
                                .set(carts::discount_code.eq(code))
                                .execute(conn)
                                .await?;
                        }
                    }
                    diesel::delete(carts::table.find(from.as_uuid()))
                        .execute(conn)
                        .await?;
                }
                find(conn, &customer, now).await
            })
            .await
    }
}

impl DiscountRow {
    fn discount(self) -> Result<Discount, Failure> {
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

/// Finds the owner's cart by one prepared statement for both kinds of owners: what does not apply
/// is NULL, which equals nothing.
#[diesel::dsl::auto_type(no_type_alias)]
fn owned_by(owner: &Owner, now: DateTime<Utc>) -> _ {
    let customer: Option<Uuid> = owner.customer();
    let token_hash: Option<Vec<u8>> = owner.token_hash();
    carts::customer_id.eq(customer).or(carts::token_hash
        .eq(token_hash)
        .and(carts::expires_at.gt(now)))
}

/// Id, version, discount code and its discount.
pub(super) type CartRow = (Uuid, i64, Option<String>, Option<DiscountRow>);

async fn find(
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

async fn find_for_update(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    now: DateTime<Utc>,
) -> Result<StoredCart, Failure> {
    // Without the discount: PostgreSQL cannot lock the optional side of a join.
    let row: Option<(Uuid, i64, Option<String>)> = carts::table
        .filter(owned_by(owner, now))
        .select((carts::id, carts::version, carts::discount_code))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let row = row.map(|(id, version, code)| (id, version, code, None));
    stored(conn, row).await
}

/// The cart of a row, with its lines.
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
        lines: lines(conn, id).await?,
    })
}

async fn lines(mut conn: &AsyncPgConnection, cart: Uuid) -> Result<Lines, Failure> {
    let rows: Vec<(String, i32)> = cart_lines::table
        .filter(cart_lines::cart_id.eq(cart))
        .select((cart_lines::sku, cart_lines::quantity))
        .load(&mut conn)
        .await?;
    let lines: Result<Lines, diesel::result::Error> = rows
        .into_iter()
        .map(|(text, units)| Ok((sku(text)?, quantity(units)?)))
        .collect();
    Ok(lines?)
}

/// Makes the cart if there is none, counts the write, and locks the cart until the commit.
async fn touch(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, Failure> {
    let expires_at = now + Duration::days(GUEST_DAYS);
    let new = (
        carts::id.eq(CartId::generate().as_uuid()),
        carts::updated_at.eq(now),
    );
    let id = match owner {
        Owner::Customer(id) => Some(
            diesel::insert_into(carts::table)
                .values((new, carts::customer_id.eq(id.as_uuid())))
                .on_conflict(carts::customer_id)
                .do_update()
                .set((
                    carts::version.eq(carts::version + 1),
                    carts::updated_at.eq(now),
                ))
                .returning(carts::id)
                .get_result(conn)
                .await?,
        ),
        Owner::Guest(_) => diesel::update(carts::table.filter(owned_by(owner, now)))
            .set((
                carts::version.eq(carts::version + 1),
                carts::updated_at.eq(now),
                carts::expires_at.eq(expires_at),
            ))
            .returning(carts::id)
            .get_result(conn)
            .await
            .optional()?,
        Owner::NewGuest(hash) => Some(
            diesel::insert_into(carts::table)
                .values((
                    new,
                    carts::token_hash.eq(hash.to_vec()),
                    carts::expires_at.eq(expires_at),
                ))
                .returning(carts::id)
                .get_result(conn)
                .await?,
        ),
    };
    Ok(id)
}

async fn write_lines(
    conn: &mut AsyncPgConnection,
    cart: Uuid,
    before: &Lines,
    after: &Lines,
) -> Result<(), Failure> {
    let gone: Vec<&str> = before
        .keys()
        .filter(|sku| !after.contains_key(*sku))
        .map(Sku::as_str)
        .collect();
    if !gone.is_empty() {
        let lines = cart_lines::table
            .filter(cart_lines::cart_id.eq(cart))
            .filter(cart_lines::sku.eq_any(gone));
        diesel::delete(lines).execute(conn).await?;
    }
    let changed: Vec<_> = after
        .iter()
        .filter(|(sku, quantity)| before.get(*sku) != Some(*quantity))
        .map(|(sku, quantity)| {
            (
                cart_lines::cart_id.eq(cart),
                cart_lines::sku.eq(sku.as_str()),
                cart_lines::quantity.eq(int(quantity.get())),
            )
        })
        .collect();
    if !changed.is_empty() {
        diesel::insert_into(cart_lines::table)
            .values(changed)
            .on_conflict((cart_lines::cart_id, cart_lines::sku))
            .do_update()
            .set(cart_lines::quantity.eq(excluded(cart_lines::quantity)))
            .execute(conn)
            .await?;
    }
    Ok(())
}
