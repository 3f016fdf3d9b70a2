use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use uuid::Uuid;

use super::Store;
use crate::domain::{self, Tries};
use crate::failure::Failure;
use crate::schema::{recovery_codes, second_factors, sessions};

/// The second factor of an account, with encrypted secrets. No `Debug`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = second_factors, check_for_backend(diesel::pg::Pg))]
pub(crate) struct SecondFactorRow {
    pub(crate) sealed_secret: Option<Vec<u8>>,
    pub(crate) pending_secret: Option<Vec<u8>>,
    last_step: i64,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
}

impl SecondFactorRow {
    pub(crate) fn tries(&self) -> Tries {
        Tries {
            last_step: self.last_step,
            failures: self.failures,
            failing_since: self.failing_since,
        }
    }
}

impl Store {
    /// The second factor of an account, locked: of two calls with the same code, the second waits and finds it used.
    pub(crate) async fn lock_second_factor(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<Option<SecondFactorRow>, Failure> {
        let row = second_factors::table
            .find(user.as_uuid())
            .select(SecondFactorRow::as_select())
            .for_update()
            .first(conn)
            .await
            .optional()?;
        Ok(row)
    }

    /// Stores a secret that does not count yet. The tries stay: a new secret is no way around the limit.
    pub(crate) async fn begin_second_factor(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        pending_secret: Vec<u8>,
    ) -> Result<(), Failure> {
        diesel::insert_into(second_factors::table)
            .values((
                second_factors::user_id.eq(user.as_uuid()),
                second_factors::pending_secret.eq(&pending_secret),
            ))
            .on_conflict(second_factors::user_id)
            .do_update()
            .set(second_factors::pending_secret.eq(&pending_secret))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Makes the pending secret count, and replaces the recovery codes.
    pub(crate) async fn confirm_second_factor(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        codes: &[[u8; 32]],
    ) -> Result<(), Failure> {
        diesel::update(second_factors::table.find(user.as_uuid()))
            .set((
                second_factors::sealed_secret.eq(second_factors::pending_secret),
                second_factors::pending_secret.eq(None::<Vec<u8>>),
            ))
            .execute(conn)
            .await?;
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user.as_uuid())))
            .execute(conn)
            .await?;
        let rows: Vec<_> = codes
            .iter()
            .map(|hash| {
                (
                    recovery_codes::user_id.eq(user.as_uuid()),
                    recovery_codes::code_hash.eq(hash.to_vec()),
                )
            })
            .collect();
        diesel::insert_into(recovery_codes::table)
            .values(rows)
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Stores the tries after a code.
    pub(crate) async fn save_tries(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        tries: Tries,
    ) -> Result<(), Failure> {
        diesel::update(second_factors::table.find(user.as_uuid()))
            .set((
                second_factors::last_step.eq(tries.last_step),
                second_factors::failures.eq(tries.failures),
                second_factors::failing_since.eq(tries.failing_since),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Deletes a recovery code; false if there is none with this hash.
    pub(crate) async fn use_recovery_code(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        hash: [u8; 32],
    ) -> Result<bool, Failure> {
        let code = recovery_codes::table.find((user.as_uuid(), hash.to_vec()));
        let deleted = diesel::delete(code).execute(conn).await?;
        Ok(deleted == 1)
    }

    /// Marks a session as proved.
    ///
    /// # Errors
    /// `SessionInvalid` if it has ended.
    pub(crate) async fn prove_session(
        &self,
        conn: &mut AsyncPgConnection,
        session: Uuid,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let running = sessions::table
            .find(session)
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now));
        let proved = diesel::update(running)
            .set(sessions::second_factor_at.eq(now))
            .execute(conn)
            .await?;
        match proved {
            1 => Ok(()),
            _ => Err(domain::Error::SessionInvalid.into()),
        }
    }

    /// The second factor must be proved again in every session of the account.
    pub(crate) async fn forget_proofs(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<(), Failure> {
        let proved = sessions::table
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::second_factor_at.is_not_null());
        diesel::update(proved)
            .set(sessions::second_factor_at.eq(None::<DateTime<Utc>>))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Stores a secret that counts at once, unless the account has one: for demo accounts.
    pub(crate) async fn insert_second_factor(
        &self,
        user: UserId,
        sealed_secret: Vec<u8>,
    ) -> Result<bool, Failure> {
        let mut conn = self.database.get().await?;
        let inserted = diesel::insert_into(second_factors::table)
            .values((
                second_factors::user_id.eq(user.as_uuid()),
                second_factors::sealed_secret.eq(sealed_secret),
            ))
            .on_conflict_do_nothing()
            .execute(&mut conn)
            .await?;
        Ok(inserted == 1)
    }
}
