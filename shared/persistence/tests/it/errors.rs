//! Errors sort by what a caller can do about them.

use diesel::sql_query;
use diesel_async::RunQueryDsl;
use persistence::{Database, DatabaseConfig, Error};

use crate::support::{migrated, put, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_is_known_by_its_name() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    let check = put(&mut conn, "a", -1).await.unwrap_err();
    assert_eq!(Some("counters_value_not_negative"), check.constraint());

    put(&mut conn, "a", 1).await.unwrap();
    let unique = put(&mut conn, "a", 2).await.unwrap_err();
    assert_eq!(Some("counters_pkey"), unique.constraint());

    let foreign: Error = sql_query("INSERT INTO notes (counter) VALUES ('nobody')")
        .execute(&mut conn)
        .await
        .unwrap_err()
        .into();
    assert_eq!(Some("notes_counter_fkey"), foreign.constraint());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_row_is_not_found() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    assert!(matches!(
        read(&mut conn, "nobody").await,
        Err(Error::NotFound)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_canceled_after_the_statement_time_out() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.statement_timeout_ms = 50;
    let database = Database::new(&config).unwrap();
    let mut conn = database.get().await.unwrap();
    let error: Error = sql_query("SELECT pg_sleep(30)")
        .execute(&mut conn)
        .await
        .unwrap_err()
        .into();
    assert!(matches!(error, Error::Canceled(_)), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_without_free_connections_is_unavailable_but_the_database_is_reachable() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    config.acquire_timeout_ms = 50;
    let database = Database::new(&config).unwrap();
    let _held = database.get().await.unwrap();
    assert!(matches!(database.get().await, Err(Error::Unavailable(_))));
    assert!(database.is_reachable().await);
}
