//! Requests that may be repeated: the key that their sender chose, and the answer that they got, in the transaction of
//! what they do. The README has an example.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::OptionalExtension;
use diesel::sql_query;
use diesel::sql_types::{Binary, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{UserId, Violations};
use persistence::Database;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Characters of a key at most.
pub const MAX_KEY: usize = 255;

/// Why a repeated request is refused, or cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account used the key for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database, or a stored answer that this version cannot read.
    #[error(transparent)]
    Database(#[from] persistence::Error),
}

/// A request that may be repeated under a key.
#[derive(Debug, Clone)]
pub struct Request {
    account: Uuid,
    /// Empty: the client sent none, and the request is not repeatable.
    key: String,
    fingerprint: [u8; 32],
}

impl Request {
    /// The request `body` of an account; `key` is empty if the client sent none. Two requests are the same if their
    /// operation and all their fields are.
    ///
    /// # Errors
    /// The field `idempotency_key`: the key is not at most 255 visible ASCII characters.
    pub fn new(
        account: UserId,
        operation: &str,
        key: &str,
        body: &impl Message,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        violations.check(
            key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_graphic()),
            "idempotency_key",
            "must be at most 255 visible ASCII characters",
        );
        let mut hash = Sha256::new();
        hash.update(operation);
        hash.update([0]);
        hash.update(body.encode_to_vec());
        violations.or(Self {
            account: account.as_uuid(),
            key: key.to_owned(),
            fingerprint: hash.finalize().into(),
        })
    }

    /// A request that is not repeatable, such as one of the command line.
    pub const fn without_key() -> Self {
        Self {
            account: Uuid::nil(),
            key: String::new(),
            fingerprint: [0; 32],
        }
    }

    /// Takes the key, at the beginning of the transaction that does the work. Returns the answer of the first request
    /// if this one repeats it; then there is nothing to do. Waits for the transaction of the first one, if it is open.
    ///
    /// # Errors
    /// `KeyReused`; the database.
    pub async fn earlier<T: DeserializeOwned>(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, Error> {
        if self.key.is_empty() || self.take(conn, now).await? {
            return Ok(None);
        }
        self.answer(conn).await.map(Some)
    }

    /// Keeps the answer, at the end of the same transaction.
    ///
    /// # Errors
    /// The database.
    pub async fn answered(
        &self,
        conn: &mut AsyncPgConnection,
        answer: &impl Serialize,
    ) -> Result<(), persistence::Error> {
        if self.key.is_empty() {
            return Ok(());
        }
        let answer = serde_json::to_value(answer)
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        sql_query("UPDATE idempotency_keys SET answer = $3 WHERE account_id = $1 AND key = $2")
            .bind::<SqlUuid, _>(self.account)
            .bind::<Text, _>(&self.key)
            .bind::<Jsonb, _>(answer)
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Takes the key. False if it was taken before.
    async fn take(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<bool, persistence::Error> {
        let inserted = sql_query(
            "INSERT INTO idempotency_keys (account_id, key, fingerprint, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind::<SqlUuid, _>(self.account)
        .bind::<Text, _>(&self.key)
        .bind::<Binary, _>(self.fingerprint.as_slice())
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await?;
        Ok(inserted == 1)
    }

    /// The answer to the first request with this key.
    async fn answer<T: DeserializeOwned>(&self, conn: &mut AsyncPgConnection) -> Result<T, Error> {
        let row: Option<Row> = sql_query(
            "SELECT fingerprint, answer FROM idempotency_keys WHERE account_id = $1 AND key = $2",
        )
        .bind::<SqlUuid, _>(self.account)
        .bind::<Text, _>(&self.key)
        .get_result(conn)
        .await
        .optional()
        .map_err(persistence::Error::from)?;
        match row {
            Some(row) if row.fingerprint == self.fingerprint => {
                let answer = serde_json::from_value(row.answer.unwrap_or_default());
                let answer = answer
                    .map_err(|error| diesel::result::Error::DeserializationError(error.into()));
                Ok(answer.map_err(persistence::Error::from)?)
            }
            // None: the key was swept in this moment, at the end of its retention.
            Some(_) | None => Err(Error::KeyReused),
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    fingerprint: Vec<u8>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    answer: Option<serde_json::Value>,
}

/// How long a key is kept at least, so that a client can repeat a request for a day.
pub const RETENTION: TimeDelta = TimeDelta::hours(24);

/// How often a service calls [`sweep`].
pub const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Deletes the keys that are older than [`RETENTION`], 1,000 per transaction, until `stop` is canceled; returns the number.
///
/// # Errors
/// The database.
pub async fn sweep(
    database: &Database,
    now: DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<usize, persistence::Error> {
    let mut total = 0;
    while !stop.is_cancelled() {
        let mut conn = database.get().await?;
        let deleted = delete_older(&mut conn, now - RETENTION).await?;
        if deleted == 0 {
            break;
        }
        total += deleted;
    }
    Ok(total)
}

async fn delete_older(
    conn: &mut AsyncPgConnection,
    until: DateTime<Utc>,
) -> Result<usize, persistence::Error> {
    let deleted = sql_query(
        "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM idempotency_keys
             WHERE created_at < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED))",
    )
    .bind::<Timestamptz, _>(until)
    .execute(conn)
    .await?;
    Ok(deleted)
}
