use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{CartId, Sku};
use uuid::Uuid;

use super::Store;
use super::rows::int;
use super::stored_cart::{DiscountRow, StoredCart, find, find_for_update, lines, owned_by};
use crate::domain::{Discount, Error, GUEST_DAYS, Lines, Owner, merge_carts};
use crate::failure::Failure;
use crate::schema::{cart_lines, carts, discount_codes};

impl Store {
    /// The owner's cart; an empty one if there is none, or if a guest's has expired.
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

    /// Changes the lines of the owner's cart. A customer and a new guest get a cart if they have none; for
    /// any other guest without a cart the result is none.
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

    /// Sets or removes the discount code.
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
                // Every merge locks the guest's cart first, so two merges cannot deadlock.
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

/// Creates the cart if there is none, increments its version, and locks it until the commit. None for a
/// guest without a cart.
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
    let removed: Vec<&str> = before
        .keys()
        .filter(|sku| !after.contains_key(*sku))
        .map(Sku::as_str)
        .collect();
    if !removed.is_empty() {
        let lines = cart_lines::table
            .filter(cart_lines::cart_id.eq(cart))
            .filter(cart_lines::sku.eq_any(removed));
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
