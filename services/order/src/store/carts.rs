use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::CartId;
use uuid::Uuid;

use super::Store;
use super::cart_lines::{self, ChangedLines};
use super::stored_cart::{StoredCart, find, owned_by};
use crate::domain::{Contents, Error, GUEST_DAYS, Owner};
use crate::failure::Failure;
use crate::schema::carts;

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

    /// Changes the owner's cart by `decide`, which gets what the locked cart has. `answer` gets the changed cart and runs
    /// before the commit: an error of either means that nothing was changed. A customer and a new guest get a cart if they
    /// have none; for any other guest without a cart the result is none.
    pub(crate) async fn change_cart<T: Send>(
        &self,
        owner: &Owner,
        now: DateTime<Utc>,
        decide: impl FnOnce(&mut Contents) -> Result<(), Error> + Clone + Send + Sync,
        answer: impl FnOnce(&StoredCart) -> Result<T, Error> + Clone + Send + Sync,
    ) -> Result<Option<T>, Failure> {
        let owner = owner.clone();
        self.database
            .transaction(async move |conn| {
                let Some(id) = touch(conn, &owner, now).await? else {
                    return Ok(None);
                };
                let before = find(conn, &owner, now).await?.contents();
                let mut after = before.clone();
                decide(&mut after)?;
                write(conn, id, &before, &after).await?;
                let stored = find(conn, &owner, now).await?;
                Ok(Some(answer(&stored)?))
            })
            .await
    }

    /// Changes the carts of a customer and of a guest by `decide`, which gets what the locked carts have. A guest's cart
    /// without lines is deleted. `answer` gets the customer's changed cart and runs before the commit. None if the guest
    /// has no cart.
    pub(crate) async fn merge<D: Send, T: Send>(
        &self,
        customer: &Owner,
        guest: &Owner,
        now: DateTime<Utc>,
        decide: impl FnOnce(&mut Contents, &mut Contents) -> Result<D, Error> + Clone + Send + Sync,
        answer: impl FnOnce(&StoredCart, D) -> Result<T, Error> + Clone + Send + Sync,
    ) -> Result<Option<T>, Failure> {
        let (customer, guest) = (customer.clone(), guest.clone());
        self.database
            .transaction(async move |conn| {
                // Every merge locks the guest's cart first, so two merges cannot deadlock.
                let Some(from) = touch(conn, &guest, now).await? else {
                    return Ok(None);
                };
                let Some(to) = touch(conn, &customer, now).await? else {
                    return Ok(None);
                };
                let guest_before = find(conn, &guest, now).await?.contents();
                let own_before = find(conn, &customer, now).await?.contents();
                let (mut own, mut rest) = (own_before.clone(), guest_before.clone());
                let decision = decide(&mut own, &mut rest)?;
                write(conn, to, &own_before, &own).await?;
                if rest.lines.is_empty() {
                    diesel::delete(carts::table.find(from))
                        .execute(conn)
                        .await?;
                } else {
                    write(conn, from, &guest_before, &rest).await?;
                }
                let stored = find(conn, &customer, now).await?;
                Ok(Some(answer(&stored, decision)?))
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
        Owner::NewGuest(hash) => {
            let token_hash = carts::token_hash.eq(hash.to_vec());
            let expired = carts::table
                .filter(carts::token_hash.eq(hash.to_vec()))
                .filter(carts::expires_at.le(now));
            diesel::delete(expired).execute(conn).await?;
            // A concurrent request with the same token may have made the cart.
            let id = diesel::insert_into(carts::table)
                .values((new, token_hash, carts::expires_at.eq(expires_at)))
                .on_conflict(carts::token_hash)
                .do_update()
                .set((
                    carts::version.eq(carts::version + 1),
                    carts::updated_at.eq(now),
                    carts::expires_at.eq(expires_at),
                ))
                .returning(carts::id)
                .get_result(conn)
                .await?;
            Some(id)
        }
    };
    Ok(id)
}

/// Writes the difference of a locked cart.
async fn write(
    conn: &mut AsyncPgConnection,
    cart: Uuid,
    before: &Contents,
    after: &Contents,
) -> Result<(), Failure> {
    cart_lines::delete_missing(conn, cart, &before.lines, &after.lines).await?;
    let mut changed = ChangedLines::default();
    changed.add(cart, &before.lines, &after.lines);
    changed.write(conn).await?;
    if before.discount_code != after.discount_code {
        diesel::update(carts::table.find(cart))
            .set(carts::discount_code.eq(&after.discount_code))
            .execute(conn)
            .await?;
    }
    Ok(())
}
