//! Jobs that only one replica at a time runs.

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
    /// Runs `job` unless another replica runs a job of this `name` on this database. Holds an advisory lock
    /// on a separate session meanwhile.
    ///
    /// Returns `None` if another replica has the lock. The lock is lost if its session breaks, so the
    /// statements of the job must be safe to run concurrently; the lock only avoids duplicate work.
    ///
    /// # Errors
    /// The lock cannot be requested.
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
        // Closing the session would also release the lock, but later.
        let _ = sql_query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
            .bind::<Text, _>(name)
            .execute(&mut session)
            .await;
        Ok(Some(done))
    }
}
