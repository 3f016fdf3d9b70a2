use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Store;
use crate::domain::{self, Role, User};
use crate::failure::Failure;
use crate::schema::users;

/// An account with its password hash.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) password_hash: SecretString,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(super) struct UserRow {
    id: Uuid,
    email: String,
    password_hash: String,
    display_name: String,
    role: String,
    created_at: DateTime<Utc>,
}

impl From<UserRow> for Account {
    fn from(row: UserRow) -> Self {
        Self {
            user: User {
                id: row.id.into(),
                email: row.email,
                display_name: row.display_name,
                role: role_of(&row.role),
                created_at: row.created_at,
            },
            password_hash: row.password_hash.into(),
        }
    }
}

const CUSTOMER: &str = "customer";
const STAFF: &str = "staff";

const fn name_of(role: Role) -> &'static str {
    match role {
        Role::Customer => CUSTOMER,
        Role::Staff => STAFF,
    }
}

/// The constraint `users_role_check` allows no other name. Anything unknown gets the least privilege.
fn role_of(name: &str) -> Role {
    if name == STAFF {
        Role::Staff
    } else {
        Role::Customer
    }
}

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// `EmailTaken`.
    pub(crate) async fn insert_user(
        &self,
        user: &User,
        password_hash: &SecretString,
    ) -> Result<(), Failure> {
        let row = UserRow {
            id: user.id.as_uuid(),
            email: user.email.clone(),
            password_hash: password_hash.expose_secret().to_owned(),
            display_name: user.display_name.clone(),
            role: name_of(user.role).to_owned(),
            created_at: user.created_at,
        };
        let mut conn = self.database.get().await?;
        let inserted = diesel::insert_into(users::table)
            .values(row)
            .execute(&mut conn)
            .await
            .map_err(persistence::Error::from);
        match inserted {
            Ok(_) => Ok(()),
            Err(error) if error.constraint() == Some("users_email_key") => {
                Err(domain::Error::EmailTaken.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The account of a normalized e-mail address.
    pub(crate) async fn account_by_email(&self, email: &str) -> Result<Option<Account>, Failure> {
        let mut conn = self.database.get().await?;
        let row = users::table
            .filter(users::email.eq(email))
            .select(UserRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        Ok(row.map(Account::from))
    }

    /// An account by its id.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn user(&self, id: UserId) -> Result<User, Failure> {
        let mut conn = self.database.get().await?;
        let row = users::table
            .find(id.as_uuid())
            .select(UserRow::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        let account = row
            .map(Account::from)
            .ok_or(domain::Error::AccountNotFound)?;
        Ok(account.user)
    }

    /// Replaces `old` by a new hash of the same password, unless the password was changed concurrently.
    pub(crate) async fn replace_password_hash(
        &self,
        id: UserId,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let unchanged = users::table
            .find(id.as_uuid())
            .filter(users::password_hash.eq(old.expose_secret()));
        diesel::update(unchanged)
            .set(users::password_hash.eq(new.expose_secret()))
            .execute(&mut conn)
            .await?;
        Ok(())
    }
}
