use tokio_postgres::{Client, Error, Row};

use crate::{TestDatabase, database::connect};

impl TestDatabase {
    /// Runs statements as a superuser.
    ///
    /// # Errors
    /// The error of PostgreSQL.
    ///
    /// # Panics
    /// PostgreSQL does not respond.
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        self.client().await.batch_execute(sql).await
    }

    /// `SELECT count(*) FROM ..`
    ///
    /// # Panics
    /// PostgreSQL does not respond, or `from` is not valid.
    pub async fn count(&self, from: &str) -> i64 {
        self.one(&format!("SELECT count(*) FROM {from}"))
            .await
            .get(0)
    }

    /// The text that `select` returns.
    ///
    /// # Panics
    /// It does not return one text.
    pub async fn text(&self, select: &str) -> String {
        self.one(select).await.get(0)
    }

    /// Number of deadlocks. Sessions may report theirs only when they end, so this ends all sessions;
    /// services reconnect.
    ///
    /// # Panics
    /// PostgreSQL does not respond.
    pub async fn deadlocks(&self) -> i64 {
        let ended = self.text(
            "SELECT bool_and(pg_terminate_backend(pid, 10000))::text FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert_eq!(ended.await, "true", "all sessions must end");
        let seen = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        self.one(seen).await.get(0)
    }

    async fn one(&self, select: &str) -> Row {
        match self.client().await.query_one(select, &[]).await {
            Ok(row) => row,
            Err(error) => panic!("{select}: {error:?}"),
        }
    }

    async fn client(&self) -> Client {
        connect(&self.superuser_url).await
    }
}
