use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Group, Groups, UserId};
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
    /// Device tokens that were issued before are void.
    pub(crate) devices_known_since: Option<DateTime<Utc>>,
    /// Who knows the password.
    pub(crate) password_holder: PasswordHolder,
    /// How often password or address changed.
    pub(crate) credentials_version: i64,
}

/// Who knows the password of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordHolder {
    /// Who chose it.
    Owner,
    /// It is random: an invitation made the account, or its staff member was removed.
    Nobody,
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
    devices_known_since: Option<DateTime<Utc>>,
    email_verified_at: Option<DateTime<Utc>>,
    staff_groups: Vec<Option<String>>,
    password_unset: bool,
    credentials_version: i64,
}

impl From<UserRow> for Account {
    fn from(row: UserRow) -> Self {
        Self {
            user: User {
                id: row.id.into(),
                email: row.email,
                display_name: row.display_name,
                role: role_of(&row.role),
                groups: groups_of(&row.staff_groups),
                created_at: row.created_at,
                email_verified: row.email_verified_at.is_some(),
            },
            password_hash: row.password_hash.into(),
            devices_known_since: row.devices_known_since,
            password_holder: match row.password_unset {
                true => PasswordHolder::Nobody,
                false => PasswordHolder::Owner,
            },
            credentials_version: row.credentials_version,
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

/// The constraint `users_staff_groups_check` allows no other name.
pub(super) fn groups_of(names: &[Option<String>]) -> Groups {
    let names = names.iter().flatten();
    names.filter_map(|name| Group::named(name)).collect()
}

pub(super) fn names_of(groups: Groups) -> Vec<Option<String>> {
    let names = groups.iter().map(Group::name);
    names.map(|name| Some(name.to_owned())).collect()
}

impl Store {
    /// Adds an account in the caller's transaction, unless its address has one. Returns false then.
    pub(crate) async fn insert_user(
        conn: &mut AsyncPgConnection,
        user: &User,
        password_hash: &SecretString,
        holder: PasswordHolder,
    ) -> Result<bool, Failure> {
        let row = UserRow {
            id: user.id.as_uuid(),
            email: user.email.clone(),
            password_hash: password_hash.expose_secret().to_owned(),
            display_name: user.display_name.clone(),
            role: name_of(user.role).to_owned(),
            created_at: user.created_at,
            devices_known_since: None,
            email_verified_at: user.email_verified.then_some(user.created_at),
            staff_groups: names_of(user.groups),
            password_unset: holder == PasswordHolder::Nobody,
            credentials_version: 0,
        };
        let inserted = diesel::insert_into(users::table)
            .values(row)
            .on_conflict(users::email)
            .do_nothing()
            .execute(conn)
            .await?;
        Ok(inserted == 1)
    }

    /// The id of the account of an address. Locks its row, so that concurrent registrations with the address are handled
    /// one after the other.
    pub(crate) async fn lock_user_by_email(
        conn: &mut AsyncPgConnection,
        email: &str,
    ) -> Result<Option<UserId>, Failure> {
        let id: Option<Uuid> = users::table
            .filter(users::email.eq(email))
            .select(users::id)
            .for_no_key_update()
            .first(conn)
            .await
            .optional()?;
        Ok(id.map(UserId::from))
    }

    /// Marks an address as verified, unless the account has another by now.
    pub(crate) async fn verify_email(
        &self,
        id: UserId,
        email: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let unverified = users::table
            .find(id.as_uuid())
            .filter(users::email.eq(email))
            .filter(users::email_verified_at.is_null());
        diesel::update(unverified)
            .set(users::email_verified_at.eq(now))
            .execute(&mut conn)
            .await?;
        Ok(())
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

    /// An account by its id, locked until the end of the caller's transaction.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn lock_user(
        &self,
        conn: &mut AsyncPgConnection,
        id: UserId,
    ) -> Result<Account, Failure> {
        let row = users::table
            .find(id.as_uuid())
            .select(UserRow::as_select())
            .for_update()
            .first(conn)
            .await
            .optional()?;
        let account = row.map(Account::from);
        Ok(account.ok_or(domain::Error::AccountNotFound)?)
    }

    /// An account by its id, in the caller's transaction.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn user_in(
        &self,
        conn: &mut AsyncPgConnection,
        id: UserId,
    ) -> Result<User, Failure> {
        let row = users::table
            .find(id.as_uuid())
            .select(UserRow::as_select())
            .first(conn)
            .await
            .optional()?;
        let account = row.map(Account::from);
        Ok(account.ok_or(domain::Error::AccountNotFound)?.user)
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
