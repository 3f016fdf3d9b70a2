use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Store;
use crate::domain::KeyTimes;
use crate::failure::Failure;
use crate::schema::signing_keys;

/// A signing key at rest.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
pub(crate) struct SigningKeyRow {
    pub(crate) kid: Uuid,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sealed_private_key: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) activates_at: DateTime<Utc>,
}

impl SigningKeyRow {
    pub(crate) fn times(&self) -> KeyTimes {
        KeyTimes {
            kid: self.kid,
            activates_at: self.activates_at,
        }
    }

    /// The same key with another time at which it starts to sign.
    #[must_use]
    pub(crate) fn activated_at(self, activates_at: DateTime<Utc>) -> Self {
        Self {
            activates_at,
            ..self
        }
    }
}

impl Store {
    /// All keys, sorted by activation time. There are few, because retired ones are deleted.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, Failure> {
        let mut conn = self.database.get().await?;
        load(&mut conn).await
    }

    /// As [`Store::signing_keys`], under an advisory lock that serializes the replicas until the transaction ends.
    pub(crate) async fn lock_signing_keys(
        &self,
        conn: &mut AsyncPgConnection,
    ) -> Result<Vec<SigningKeyRow>, Failure> {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('user.signing_keys', 0))")
            .execute(conn)
            .await?;
        load(conn).await
    }

    /// Inserts a key and deletes others. Returns all keys, sorted by activation time.
    pub(crate) async fn save_signing_keys(
        &self,
        conn: &mut AsyncPgConnection,
        created: Option<SigningKeyRow>,
        retired: Vec<Uuid>,
    ) -> Result<Vec<SigningKeyRow>, Failure> {
        if let Some(key) = created {
            diesel::insert_into(signing_keys::table)
                .values(key)
                .execute(conn)
                .await?;
        }
        let retired = signing_keys::table.filter(signing_keys::kid.eq_any(retired));
        diesel::delete(retired).execute(conn).await?;
        load(conn).await
    }

    /// Makes a pending key sign from `now`.
    pub(crate) async fn activate_signing_key(
        &self,
        conn: &mut AsyncPgConnection,
        kid: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        diesel::update(signing_keys::table.find(kid))
            .set(signing_keys::activates_at.eq(now))
            .execute(conn)
            .await?;
        Ok(())
    }
}

async fn load(conn: &mut AsyncPgConnection) -> Result<Vec<SigningKeyRow>, Failure> {
    let rows = signing_keys::table
        .order(signing_keys::activates_at)
        .select(SigningKeyRow::as_select())
        .load(conn)
        .await?;
    Ok(rows)
}
