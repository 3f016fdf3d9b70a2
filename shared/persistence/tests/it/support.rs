//! A database with a table of counters.

use diesel::sql_types::{Integer, Text};
use diesel::{QueryResult, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use persistence::{Database, DatabaseConfig, Error};
use testkit::TestDatabase;

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/migrations");

pub(crate) async fn empty() -> TestDatabase {
    testkit::database("persistence_empty", async |_| Ok::<_, String>(())).await
}

pub(crate) async fn migrated() -> (TestDatabase, Database) {
    let test = empty().await;
    persistence::migrate(
        &DatabaseConfig::at(test.owner_url.clone().into()),
        MIGRATIONS,
    )
    .await
    .unwrap();
    let database = Database::new(&DatabaseConfig::at(test.url.clone().into())).unwrap();
    (test, database)
}

#[derive(diesel::QueryableByName)]
pub(crate) struct Value {
    #[diesel(sql_type = Integer)]
    value: i32,
}

pub(crate) async fn put(conn: &mut AsyncPgConnection, name: &str, value: i32) -> Result<(), Error> {
    sql_query("INSERT INTO counters VALUES ($1, $2)")
        .bind::<Text, _>(name)
        .bind::<Integer, _>(value)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn read(conn: &mut AsyncPgConnection, name: &str) -> Result<i32, Error> {
    let row: Value = sql_query("SELECT value FROM counters WHERE name = $1")
        .bind::<Text, _>(name)
        .get_result(conn)
        .await?;
    Ok(row.value)
}

pub(crate) async fn set(conn: &mut AsyncPgConnection, name: &str, value: i32) -> Result<(), Error> {
    sql_query("UPDATE counters SET value = $2 WHERE name = $1")
        .bind::<Text, _>(name)
        .bind::<Integer, _>(value)
        .execute(conn)
        .await?;
    Ok(())
}

/// Like `put`, but returns a row.
pub(crate) async fn put_and_load(
    conn: &mut AsyncPgConnection,
    name: &str,
    value: i32,
) -> QueryResult<Vec<Value>> {
    sql_query("INSERT INTO counters VALUES ($1, $2) RETURNING value")
        .bind::<Text, _>(name)
        .bind::<Integer, _>(value)
        .load(conn)
        .await
}

/// Like `set`, but returns a row.
pub(crate) async fn set_and_load(
    conn: &mut AsyncPgConnection,
    name: &str,
    value: i32,
) -> QueryResult<Vec<Value>> {
    sql_query("UPDATE counters SET value = $2 WHERE name = $1 RETURNING value")
        .bind::<Text, _>(name)
        .bind::<Integer, _>(value)
        .load(conn)
        .await
}
