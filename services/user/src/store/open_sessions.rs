use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use crate::domain::OpenSession;
use crate::failure::Failure;
use crate::schema::sessions;

#[derive(QueryableByName)]
struct OpenSessionRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Timestamptz)]
    started_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    last_used_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    user_agent: Option<String>,
}

impl From<OpenSessionRow> for OpenSession {
    fn from(row: OpenSessionRow) -> Self {
        Self {
            id: row.id,
            started_at: row.started_at,
            last_used_at: row.last_used_at,
            user_agent: row.user_agent,
        }
    }
}

impl Store {
    /// A page of the live sessions of an account, newest first, after the one with the id `after`; and whether there are more.
    pub(crate) async fn open_sessions(
        &self,
        user: UserId,
        after: Option<Uuid>,
        size: u32,
        now: DateTime<Utc>,
    ) -> Result<(Vec<OpenSession>, bool), Failure> {
        let mut conn = self.database.get().await?;
        // A session has one token that is not spent, which the last refresh issued.
        let mut rows: Vec<OpenSessionRow> = prepared(
            "SELECT s.id, s.started_at, coalesce(t.issued_at, s.started_at) AS last_used_at, s.user_agent
             FROM sessions s
             LEFT JOIN refresh_tokens t ON t.session_id = s.id AND t.spent_at IS NULL
             WHERE s.user_id = $1 AND s.id < $2 AND s.revoked_at IS NULL AND s.expires_at > $3
             ORDER BY s.id DESC
             LIMIT $4",
        )
        .bind::<sql_types::Uuid, _>(user.as_uuid())
        .bind::<sql_types::Uuid, _>(after.unwrap_or(Uuid::max()))
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(i64::from(size) + 1)
        .load(&mut conn)
        .await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Ok((rows.into_iter().map(OpenSession::from).collect(), more))
    }

    /// Ends a live session of an account; false if it has none with this id.
    pub(crate) async fn end_session_of(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool, Failure> {
        let running = sessions::table
            .find(id)
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now));
        let ended = diesel::update(running)
            .set(sessions::revoked_at.eq(now))
            .execute(conn)
            .await?;
        Ok(ended == 1)
    }

    /// Ends the sessions of an account but `keep`. Returns how many were live.
    pub(crate) async fn end_sessions_of(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        keep: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<usize, Failure> {
        let running = sessions::table
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::id.nullable().is_distinct_from(keep))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now));
        let ended = diesel::update(running)
            .set(sessions::revoked_at.eq(now))
            .execute(conn)
            .await?;
        Ok(ended)
    }
}
