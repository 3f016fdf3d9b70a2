//! Classification of errors by what a caller can do.

use std::time::Duration;

use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use persistence::{Database, DatabaseConfig, Error};
use testkit::TestDatabase;

use crate::support::{migrated, put, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_violated_constraint_is_named() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    let check = put(&mut conn, "a", -1).await.unwrap_err();
    assert_eq!(Some("counters_value_not_negative"), check.constraint());

    put(&mut conn, "a", 1).await.unwrap();
    let unique = put(&mut conn, "a", 2).await.unwrap_err();
    assert_eq!(Some("counters_pkey"), unique.constraint());

    let foreign: Error = sql_query("INSERT INTO notes (counter) VALUES ('missing')")
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
        read(&mut conn, "missing").await,
        Err(Error::NotFound)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_canceled_after_the_statement_timeout() {
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
async fn a_statement_after_a_failed_one_is_canceled() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    let outcome: Result<(), Error> = async {
        sql_query("BEGIN").execute(&mut conn).await?;
        let first = sql_query("SELECT 1 / 0").execute(&mut conn).await;
        assert!(first.is_err());
        sql_query("SELECT 1").execute(&mut conn).await?;
        Ok(())
    }
    .await;
    let error = outcome.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_without_free_connections_is_unavailable_but_the_database_is_reachable() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    config.acquire_timeout_ms = 2_000;
    let database = Database::new(&config).unwrap();
    let _held = database.get().await.unwrap();
    assert!(matches!(database.get().await, Err(Error::Unavailable(_))));
    assert!(database.is_reachable().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_pool_is_reachable_without_waiting() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    config.acquire_timeout_ms = 600_000;
    let database = Database::new(&config).unwrap();
    let _held = database.get().await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), database.is_reachable()).await;
    assert_eq!(Ok(true), answer.map_err(|_| "still waiting"));
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_ends_sessions_of_crashed_or_frozen_processes() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    for setting in ["idle_in_transaction_session_timeout", "tcp_keepalives_idle"] {
        let value: Setting = sql_query("SELECT current_setting($1) AS value")
            .bind::<Text, _>(setting)
            .get_result(&mut conn)
            .await
            .unwrap();
        assert!(["10s", "10"].contains(&value.value.as_str()), "{setting}");
    }
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_unavailable_and_its_connections_are_closed() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    let database = Database::new(&config).unwrap();
    let name = test.url.rsplit('/').next().unwrap();
    let turn = async |setting: &str| {
        let sql = format!(
            "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {setting}; COMMIT"
        );
        TestDatabase::execute(&test, &sql).await.unwrap();
    };
    turn("on").await;
    let refused = database.transaction(async |conn| put(conn, "a", 1).await);
    let error = refused.await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    turn("off").await;
    let accepted = database.transaction(async |conn| put(conn, "a", 1).await);
    accepted.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_response_in_time_is_closed() {
    let (test, _) = migrated().await;
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    config.statement_timeout_ms = 60_000;
    let database = Database::new(&config).unwrap();
    let error = database
        .within(Duration::from_millis(50), async |conn| {
            sql_query("SELECT pg_sleep(60)").execute(conn).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    let answered = database.within(Duration::from_secs(20), async |conn| {
        put(conn, "a", 1).await
    });
    answered.await.unwrap();
}
