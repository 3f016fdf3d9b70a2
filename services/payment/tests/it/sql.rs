//! SQL on the service's database.

use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use persistence::{Database, DatabaseConfig, Error};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(Clone)]
pub(crate) struct Sql(Database);

impl Sql {
    pub(crate) fn at(url: &str) -> Self {
        Self(Database::new(&DatabaseConfig::at(url.into())).unwrap())
    }

    /// `SELECT count(*) FROM ..`
    pub(crate) async fn count(&self, from: &str) -> i64 {
        let mut conn = self.0.get().await.unwrap();
        let sql = format!("SELECT count(*) AS count FROM {from}");
        let row: Count = sql_query(sql).get_result(&mut conn).await.unwrap();
        row.count
    }

    /// The column `value` of the only row of `select`.
    pub(crate) async fn text(&self, select: &str) -> String {
        let mut conn = self.0.get().await.unwrap();
        let row: OneText = sql_query(select).get_result(&mut conn).await.unwrap();
        row.value
    }

    /// Runs statements.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), Error> {
        let mut conn = self.0.get().await?;
        conn.batch_execute(sql).await?;
        Ok(())
    }
}
