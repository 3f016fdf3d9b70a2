use tokio_postgres::{Client, Error, Row};

use crate::{TestDatabase, database::connect};

impl TestDatabase {
    /// Runs statements.
    ///
    /// # Errors
    /// What PostgreSQL says against them.
    ///
    /// # Panics
    /// When PostgreSQL does not answer.
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        self.client().await.batch_execute(sql).await
    }

    /// `SELECT count(*) FROM ..`
    ///
    /// # Panics
    /// When PostgreSQL does not answer, or does not understand `from`.
    pub async fn count(&self, from: &str) -> i64 {
        self.one(&format!("SELECT count(*) FROM {from}"))
            .await
            .get(0)
    }

    /// The one text that `select` selects.
    ///
    /// # Panics
    /// When it is not one text.
    pub async fn text(&self, select: &str) -> String {
        self.one(select).await.get(0)
    }

    /// How many deadlocks there were. A session tells of its own at the latest when it ends, so this
    /// ends all of them: services connect again by themselves.
    ///
    /// # Panics
    /// When PostgreSQL does not answer.
    pub async fn deadlocks(&self) -> i64 {
        let ended = self.text(
            "SELECT bool_and(pg_terminate_backend(pid, 10000))::text FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert_eq!(ended.await, "true", "every session ends");
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
        connect(&self.url).await
    }
}
