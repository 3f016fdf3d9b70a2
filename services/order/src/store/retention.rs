use chrono::{DateTime, Utc};
use diesel::sql_query;
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;

use super::Store;
use crate::failure::Failure;

impl Store {
    /// Deletes at most 1,000 guests' carts that expired before `now`; returns the number.
    pub(crate) async fn sweep_carts(&self, now: DateTime<Utc>) -> Result<usize, Failure> {
        let mut conn = self.database.get().await?;
        let deleted = sql_query(
            "DELETE FROM carts WHERE id = ANY (ARRAY(
                 SELECT id FROM carts WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED))",
        )
        .bind::<Timestamptz, _>(now)
        .execute(&mut conn)
        .await?;
        Ok(deleted)
    }

    /// Deletes at most 1,000 idempotency keys that were used before `until`; returns the number.
    pub(crate) async fn sweep_keys(&self, until: DateTime<Utc>) -> Result<usize, Failure> {
        let mut conn = self.database.get().await?;
        let deleted = sql_query(
            "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM idempotency_keys
                 WHERE created_at < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED))",
        )
        .bind::<Timestamptz, _>(until)
        .execute(&mut conn)
        .await?;
        Ok(deleted)
    }

    /// Deletes at most 1,000 timeline rows from before `until`, of orders that had ended by then; returns the
    /// number.
    pub(crate) async fn sweep_timelines(&self, until: DateTime<Utc>) -> Result<usize, Failure> {
        let mut conn = self.database.get().await?;
        let deleted = sql_query(
            "DELETE FROM order_events WHERE ctid = ANY (ARRAY(
                 SELECT e.ctid FROM order_events e JOIN orders o ON o.id = e.order_id
                 WHERE e.at < $1 AND o.updated_at < $1
                   AND o.status IN ('rejected', 'cancelled', 'delivered')
                 LIMIT 1000 FOR UPDATE OF e SKIP LOCKED))",
        )
        .bind::<Timestamptz, _>(until)
        .execute(&mut conn)
        .await?;
        Ok(deleted)
    }

    /// Deletes at most 1,000 declines from before `until`; returns the number.
    pub(crate) async fn sweep_declines(&self, until: DateTime<Utc>) -> Result<usize, Failure> {
        let mut conn = self.database.get().await?;
        let deleted = sql_query(
            "DELETE FROM payment_declines WHERE order_id = ANY (ARRAY(
                 SELECT order_id FROM payment_declines
                 WHERE at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED))",
        )
        .bind::<Timestamptz, _>(until)
        .execute(&mut conn)
        .await?;
        Ok(deleted)
    }

    /// Runs a job. None if another replica is running it.
    pub(crate) async fn exclusively<T, F, Fut>(
        &self,
        job: &str,
        run: F,
    ) -> Result<Option<T>, Failure>
    where
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = T> + Send,
        T: Send,
    {
        Ok(self.database.exclusively(job, run).await?)
    }
}
