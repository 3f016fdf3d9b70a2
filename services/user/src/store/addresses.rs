use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{AddressId, PostalAddress, UserId};
use uuid::Uuid;

use super::Store;
use crate::domain::{self, Address, AddressEntry, MAX_ADDRESSES};
use crate::failure::Failure;
use crate::schema::{addresses, users};

#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = addresses, check_for_backend(diesel::pg::Pg))]
struct AddressRow {
    id: Uuid,
    user_id: Uuid,
    label: String,
    recipient: String,
    line1: String,
    line2: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
}

impl AddressRow {
    fn new(owner: UserId, address: &Address) -> Self {
        let postal = address.entry.postal.clone();
        Self {
            id: address.id.as_uuid(),
            user_id: owner.as_uuid(),
            label: address.entry.label.clone(),
            recipient: postal.recipient,
            line1: postal.line1,
            line2: postal.line2,
            city: postal.city,
            region: postal.region,
            postal_code: postal.postal_code,
            country: postal.country.to_string(),
        }
    }

    fn into_address(self) -> Result<Address, Failure> {
        let country = self.country.parse().map_err(|error| {
            persistence::Error::from(diesel::result::Error::DeserializationError(Box::new(error)))
        })?;
        Ok(Address {
            id: self.id.into(),
            entry: AddressEntry {
                label: self.label,
                postal: PostalAddress {
                    recipient: self.recipient,
                    line1: self.line1,
                    line2: self.line2,
                    city: self.city,
                    region: self.region,
                    postal_code: self.postal_code,
                    country,
                },
            },
        })
    }
}

impl Store {
    /// The owner's addresses, oldest first; at most [`MAX_ADDRESSES`].
    pub(crate) async fn addresses(&self, owner: UserId) -> Result<Vec<Address>, Failure> {
        let mut conn = self.database.get().await?;
        let rows = addresses::table
            .filter(addresses::user_id.eq(owner.as_uuid()))
            .order(addresses::id)
            .limit(MAX_ADDRESSES)
            .select(AddressRow::as_select())
            .load(&mut conn)
            .await?;
        rows.into_iter().map(AddressRow::into_address).collect()
    }

    /// Locks the owner's row. Returns the number of their addresses.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn lock_address_book(
        &self,
        conn: &mut AsyncPgConnection,
        owner: UserId,
    ) -> Result<i64, Failure> {
        users::table
            .find(owner.as_uuid())
            .select(users::id)
            .for_no_key_update()
            .first::<Uuid>(conn)
            .await
            .optional()?
            .ok_or(domain::Error::AccountNotFound)?;
        let count = addresses::table
            .filter(addresses::user_id.eq(owner.as_uuid()))
            .count()
            .get_result(conn)
            .await?;
        Ok(count)
    }

    /// Adds an address.
    pub(crate) async fn insert_address(
        &self,
        conn: &mut AsyncPgConnection,
        owner: UserId,
        address: &Address,
    ) -> Result<(), Failure> {
        diesel::insert_into(addresses::table)
            .values(AddressRow::new(owner, address))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Replaces an address of the owner.
    ///
    /// # Errors
    /// `AddressNotFound`, also for the address of another owner.
    pub(crate) async fn update_address(
        &self,
        owner: UserId,
        address: &Address,
    ) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let updated = diesel::update(addresses::table.find(address.id.as_uuid()))
            .filter(addresses::user_id.eq(owner.as_uuid()))
            .set(AddressRow::new(owner, address))
            .execute(&mut conn)
            .await?;
        found(updated)
    }

    /// Removes an address of the owner.
    ///
    /// # Errors
    /// `AddressNotFound`, also for the address of another owner.
    pub(crate) async fn delete_address(&self, owner: UserId, id: AddressId) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let deleted = diesel::delete(addresses::table.find(id.as_uuid()))
            .filter(addresses::user_id.eq(owner.as_uuid()))
            .execute(&mut conn)
            .await?;
        found(deleted)
    }
}

fn found(rows: usize) -> Result<(), Failure> {
    if rows == 0 {
        return Err(domain::Error::AddressNotFound.into());
    }
    Ok(())
}
