//! Whether the session and the role of an access token still hold.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Store;
use super::users::{Account, UserRow};
use crate::domain::{self, Caller};
use crate::failure::Failure;
use crate::schema::{sessions, users};

impl Store {
    /// The account of a caller.
    ///
    /// # Errors
    /// `SessionInvalid`: the session has ended, or the account has another role than the token says.
    pub(crate) async fn caller(
        &self,
        caller: Caller,
        now: DateTime<Utc>,
    ) -> Result<Account, Failure> {
        let mut conn = self.database.get().await?;
        live_account(&mut conn, caller, now).await
    }

    /// The account of a caller, whose row is locked until the end of the transaction: the account first, as every transaction
    /// about sessions and second factors does.
    ///
    /// # Errors
    /// As [`Store::caller`].
    pub(crate) async fn lock_caller(
        &self,
        conn: &mut AsyncPgConnection,
        caller: Caller,
        now: DateTime<Utc>,
    ) -> Result<Account, Failure> {
        let _locked: Option<Uuid> = users::table
            .find(caller.user.as_uuid())
            .select(users::id)
            .for_update()
            .first(conn)
            .await
            .optional()?;
        live_account(conn, caller, now).await
    }
}

/// # Errors
/// `SessionInvalid`.
async fn live_account(
    conn: &mut AsyncPgConnection,
    caller: Caller,
    now: DateTime<Utc>,
) -> Result<Account, Failure> {
    let row = users::table
        .inner_join(sessions::table)
        .filter(users::id.eq(caller.user.as_uuid()))
        .filter(sessions::id.eq(caller.session))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()?;
    let account = row.map(Account::from);
    let account = account.filter(|account| account.user.role == caller.role);
    Ok(account.ok_or(domain::Error::SessionInvalid)?)
}
