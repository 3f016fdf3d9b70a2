use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Store;
use crate::domain::{KeyTimes, NextKey, Rotation};
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
}

impl Store {
    /// All keys, sorted by activation time. There are few, because retired ones are deleted.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, Failure> {
        let mut conn = self.database.get().await?;
        load(&mut conn).await
    }

    /// Applies the schedule under an advisory lock that serializes the replicas. `candidate` becomes the
    /// new key if one is due. Returns all keys.
    pub(crate) async fn maintain_signing_keys(
        &self,
        candidate: SigningKeyRow,
        now: DateTime<Utc>,
        rotation: Rotation,
    ) -> Result<Vec<SigningKeyRow>, Failure> {
        self.database
            .transaction(async move |conn: &mut AsyncPgConnection| {
                lock(conn).await?;
                let plan = rotation.plan(&times(&load(conn).await?), now);
                if let Some(activates_at) = plan.create {
                    insert(conn, candidate, activates_at).await?;
                }
                let retired = signing_keys::table.filter(signing_keys::kid.eq_any(plan.retire));
                diesel::delete(retired).execute(conn).await?;
                load(conn).await
            })
            .await
    }

    /// Inserts `candidate` as the next key, unless one is pending. Returns the pending key.
    pub(crate) async fn rotate_signing_keys(
        &self,
        candidate: SigningKeyRow,
        now: DateTime<Utc>,
        rotation: Rotation,
    ) -> Result<KeyTimes, Failure> {
        self.database
            .transaction(async move |conn: &mut AsyncPgConnection| {
                lock(conn).await?;
                match rotation.next(&times(&load(conn).await?), now) {
                    NextKey::Waiting(key) => Ok(key),
                    NextKey::Create(activates_at) => insert(conn, candidate, activates_at).await,
                }
            })
            .await
    }
}

/// Held until the transaction ends.
async fn lock(conn: &mut AsyncPgConnection) -> Result<(), Failure> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('user.signing_keys', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

async fn load(conn: &mut AsyncPgConnection) -> Result<Vec<SigningKeyRow>, Failure> {
    let rows = signing_keys::table
        .order(signing_keys::activates_at)
        .select(SigningKeyRow::as_select())
        .load(conn)
        .await?;
    Ok(rows)
}

async fn insert(
    conn: &mut AsyncPgConnection,
    candidate: SigningKeyRow,
    activates_at: DateTime<Utc>,
) -> Result<KeyTimes, Failure> {
    let key = SigningKeyRow {
        activates_at,
        ..candidate
    };
    let times = key.times();
    diesel::insert_into(signing_keys::table)
        .values(key)
        .execute(conn)
        .await?;
    Ok(times)
}

fn times(rows: &[SigningKeyRow]) -> Vec<KeyTimes> {
    rows.iter().map(SigningKeyRow::times).collect()
}
