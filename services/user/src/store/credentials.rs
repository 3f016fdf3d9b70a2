//! Password, address and name of an account. A change of password or address voids the tokens in e-mails before it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Store;
use super::users::{Account, UserRow};
use crate::domain::{self, User};
use crate::failure::Failure;
use crate::schema::users;

/// The constraint of `users.email`.
const EMAIL_KEY: &str = "users_email_key";

/// What an e-mail that somebody asked for needs to know of its owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) id: UserId,
    pub(crate) credentials_version: i64,
    pub(crate) email_verified: bool,
}

impl Owner {
    /// Of an address without an account: `id` is that of none.
    pub(crate) const fn nobody(id: UserId) -> Self {
        Self {
            id,
            credentials_version: 0,
            email_verified: false,
        }
    }
}

impl Store {
    /// The owner of an address. Locks the account's row, so that its e-mails are counted one after the other.
    pub(crate) async fn lock_owner(
        conn: &mut AsyncPgConnection,
        email: &str,
    ) -> Result<Option<Owner>, Failure> {
        let row: Option<(Uuid, i64, Option<DateTime<Utc>>)> = users::table
            .filter(users::email.eq(email))
            .select((
                users::id,
                users::credentials_version,
                users::email_verified_at,
            ))
            .for_no_key_update()
            .first(conn)
            .await
            .optional()?;
        Ok(row.map(|(id, credentials_version, verified_at)| Owner {
            id: id.into(),
            credentials_version,
            email_verified: verified_at.is_some(),
        }))
    }

    /// An account by its id, with its password hash.
    pub(crate) async fn account(&self, id: UserId) -> Result<Option<Account>, Failure> {
        let mut conn = self.database.get().await?;
        let row = users::table
            .find(id.as_uuid())
            .select(UserRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        Ok(row.map(Account::from))
    }

    /// Replaces the password. Devices that were known are unknown then.
    pub(crate) async fn set_password(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        password_hash: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        diesel::update(users::table.find(user.as_uuid()))
            .set((
                users::password_hash.eq(password_hash.expose_secret()),
                users::password_unset.eq(false),
                users::devices_known_since.eq(now),
                users::credentials_version.eq(users::credentials_version + 1),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Marks the address as confirmed, unless it is.
    pub(crate) async fn confirm_email(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let unverified = users::table
            .find(user.as_uuid())
            .filter(users::email_verified_at.is_null());
        diesel::update(unverified)
            .set(users::email_verified_at.eq(now))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Gives an account another address, which is confirmed.
    ///
    /// # Errors
    /// `EmailTaken`.
    pub(crate) async fn change_email(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        email: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let changed = diesel::update(users::table.find(user.as_uuid()))
            .set((
                users::email.eq(email),
                users::email_verified_at.eq(now),
                users::credentials_version.eq(users::credentials_version + 1),
            ))
            .execute(conn)
            .await;
        match changed.map_err(persistence::Error::from) {
            Err(error) if error.constraint() == Some(EMAIL_KEY) => {
                Err(domain::Error::EmailTaken.into())
            }
            other => {
                other?;
                Ok(())
            }
        }
    }

    /// Changes the name of an account, and returns the account.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn rename(&self, user: UserId, display_name: &str) -> Result<User, Failure> {
        let mut conn = self.database.get().await?;
        let row = diesel::update(users::table.find(user.as_uuid()))
            .set(users::display_name.eq(display_name))
            .returning(UserRow::as_returning())
            .get_result(&mut conn)
            .await
            .optional()?;
        let account = row.map(Account::from);
        Ok(account.ok_or(domain::Error::AccountNotFound)?.user)
    }
}
