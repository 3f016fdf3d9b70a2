use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use uuid::Uuid;

use super::Store;
use super::users::{Account, UserRow};
use crate::domain::{self, PresentedToken, Spent, User, UserAgent};
use crate::failure::Failure;
use crate::schema::{refresh_tokens, sessions, users};

/// In batches of 1,000, so that no statement runs long or holds many locks.
const SWEEP_SESSIONS: &str = "DELETE FROM sessions WHERE id = ANY (ARRAY(
    SELECT id FROM sessions WHERE expires_at <= $1 LIMIT 1000))";
const SWEEP_TOKENS: &str = "DELETE FROM refresh_tokens WHERE token_hash = ANY (ARRAY(
    SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT 1000))";

/// A refresh token to store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewToken {
    /// SHA-256 of the token.
    pub(crate) hash: [u8; 32],
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A session to store.
pub(crate) struct NewSession {
    pub(crate) id: Uuid,
    pub(crate) user: UserId,
    /// `devices_known_since` of the account when its password was checked.
    pub(crate) known_since: Option<DateTime<Utc>>,
    pub(crate) user_agent: Option<UserAgent>,
}

/// The session of a presented token. Both rows are locked.
pub(crate) struct LockedSession {
    pub(crate) id: Uuid,
    pub(crate) user: UserId,
    pub(crate) token: PresentedToken,
    /// When the second factor was last proved in it.
    pub(crate) second_factor_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    started_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    second_factor_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Stores a session and its first token, unless the account changed hands after its password was checked.
    ///
    /// # Errors
    /// `CredentialsInvalid`.
    pub(crate) async fn begin_session(
        &self,
        new: NewSession,
        token: NewToken,
    ) -> Result<(), Failure> {
        let NewSession {
            id,
            user,
            known_since,
            user_agent,
        } = new;
        self.database
            .transaction(async move |conn: &mut AsyncPgConnection| {
                let unchanged: Option<Uuid> = users::table
                    .find(user.as_uuid())
                    .filter(users::devices_known_since.is_not_distinct_from(known_since))
                    .select(users::id)
                    .for_key_share()
                    .first(conn)
                    .await
                    .optional()?;
                unchanged.ok_or(domain::Error::CredentialsInvalid)?;
                diesel::insert_into(sessions::table)
                    .values((
                        sessions::id.eq(id),
                        sessions::user_id.eq(user.as_uuid()),
                        sessions::started_at.eq(token.issued_at),
                        sessions::expires_at.eq(token.expires_at),
                        sessions::user_agent.eq(user_agent.as_ref().map(UserAgent::as_str)),
                    ))
                    .execute(conn)
                    .await?;
                insert_token(conn, id, token.hash, token.issued_at, token.expires_at).await
            })
            .await
    }

    /// Locks a token and its session, the token first: of two calls with the same token, the second waits
    /// and then finds a spent token. `None` if the token is unknown. `successor_hash` is the hash of the token
    /// that is derived from it.
    pub(crate) async fn lock_session(
        &self,
        conn: &mut AsyncPgConnection,
        token_hash: [u8; 32],
        successor_hash: [u8; 32],
    ) -> Result<Option<LockedSession>, Failure> {
        let token: Option<(Uuid, DateTime<Utc>, Option<DateTime<Utc>>)> = refresh_tokens::table
            .find(token_hash.to_vec())
            .select((
                refresh_tokens::session_id,
                refresh_tokens::expires_at,
                refresh_tokens::spent_at,
            ))
            .for_update()
            .first(conn)
            .await
            .optional()?;
        let Some((session_id, expires_at, spent_at)) = token else {
            return Ok(None);
        };
        let session = sessions::table
            .find(session_id)
            .select(SessionRow::as_select())
            .for_update()
            .first(conn)
            .await?;
        let spent = match spent_at {
            Some(at) => Some(Spent {
                at,
                successor_expires_at: expiry_of(conn, session_id, successor_hash).await?,
            }),
            None => None,
        };
        Ok(Some(LockedSession {
            id: session.id,
            user: session.user_id.into(),
            second_factor_at: session.second_factor_at,
            token: PresentedToken {
                spent,
                expires_at,
                revoked: session.revoked_at.is_some(),
                started_at: session.started_at,
            },
        }))
    }

    /// Spends a token and stores the next one of its session.
    pub(crate) async fn exchange_token(
        &self,
        conn: &mut AsyncPgConnection,
        session: &LockedSession,
        spent_hash: [u8; 32],
        next: NewToken,
    ) -> Result<(), Failure> {
        diesel::update(refresh_tokens::table.find(spent_hash.to_vec()))
            .set(refresh_tokens::spent_at.eq(next.issued_at))
            .execute(conn)
            .await?;
        insert_token(conn, session.id, next.hash, next.issued_at, next.expires_at).await?;
        diesel::update(sessions::table.find(session.id))
            .set(sessions::expires_at.eq(next.expires_at))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// The current account of a session; its role may have changed since the sign-in.
    pub(crate) async fn user_of_session(
        &self,
        conn: &mut AsyncPgConnection,
        session: &LockedSession,
    ) -> Result<User, Failure> {
        let row = users::table
            .find(session.user.as_uuid())
            .select(UserRow::as_select())
            .first(conn)
            .await?;
        Ok(Account::from(row).user)
    }

    /// Revokes a session, unless it is revoked already.
    pub(crate) async fn revoke_session(
        &self,
        conn: &mut AsyncPgConnection,
        session: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let running = sessions::table
            .find(session)
            .filter(sessions::revoked_at.is_null());
        diesel::update(running)
            .set(sessions::revoked_at.eq(now))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Ends the session of a token, spent or not. Unknown tokens change nothing.
    pub(crate) async fn end_session(
        &self,
        token_hash: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let session = refresh_tokens::table
            .filter(refresh_tokens::token_hash.eq(token_hash.to_vec()))
            .select(refresh_tokens::session_id);
        let running = sessions::table
            .filter(sessions::id.eq_any(session))
            .filter(sessions::revoked_at.is_null());
        diesel::update(running)
            .set(sessions::revoked_at.eq(now))
            .execute(&mut conn)
            .await?;
        Ok(())
    }

    /// Deletes expired sessions and tokens in batches, unless another replica is doing so. Returns the
    /// number of deleted rows.
    pub(crate) async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<usize, Failure> {
        let swept = self
            .database
            .exclusively("user.sweep_sessions", || self.sweep(now))
            .await?;
        swept.unwrap_or(Ok(0))
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<usize, Failure> {
        let mut total = 0;
        for statement in [SWEEP_SESSIONS, SWEEP_TOKENS] {
            loop {
                let mut conn = self.database.get().await?;
                let deleted = diesel::sql_query(statement)
                    .bind::<Timestamptz, _>(now)
                    .execute(&mut conn)
                    .await?;
                if deleted == 0 {
                    break;
                }
                total += deleted;
            }
        }
        Ok(total)
    }
}

/// When a token of a session expires; `None` if the session has no such token.
async fn expiry_of(
    conn: &mut AsyncPgConnection,
    session_id: Uuid,
    hash: [u8; 32],
) -> Result<Option<DateTime<Utc>>, Failure> {
    let expires_at = refresh_tokens::table
        .find(hash.to_vec())
        .filter(refresh_tokens::session_id.eq(session_id))
        .select(refresh_tokens::expires_at)
        .first(conn)
        .await
        .optional()?;
    Ok(expires_at)
}

async fn insert_token(
    conn: &mut AsyncPgConnection,
    session_id: Uuid,
    hash: [u8; 32],
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), Failure> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash.to_vec()),
            refresh_tokens::session_id.eq(session_id),
            refresh_tokens::issued_at.eq(issued_at),
            refresh_tokens::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
