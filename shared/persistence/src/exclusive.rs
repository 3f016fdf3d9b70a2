//! Scheduled work that one replica at a time may do.

use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use crate::database::Database;
use crate::error::Error;

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

impl Database {
    /// Runs `job` if no other replica is running a job of this `name` on this
    /// database, holding an advisory lock on a session of its own meanwhile.
    ///
    /// `None` says that somebody else has the lock. The lock is lost when its session
    /// breaks while the job runs, so the job's own statements must stay safe when two
    /// run at once; the lock only saves work.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked for the lock.
    pub async fn exclusively<T, F, Fut>(&self, name: &str, job: F) -> Result<Option<T>, Error>
    where
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = T> + Send,
        T: Send,
    {
        let mut session = self.session().await?;
        let lock: Locked =
            sql_query("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked")
                .bind::<Text, _>(name)
                .get_result(&mut session)
                .await?;
        if !lock.locked {
            return Ok(None);
        }
        let done = job().await;
        // Closing the session would free the lock too, only a moment later.
        let _ = sql_query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
            .bind::<Text, _>(name)
            .execute(&mut session)
            .await;
        Ok(Some(done))
    }
}
