//! Errors that PostgreSQL sends while rows stream have the same effect as any other. diesel-async reports
//! the end of such a statement before its first row, and without the error.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use persistence::{Database, DatabaseConfig, Error};
use testkit::TestDatabase;
use tokio::sync::Barrier;

use crate::support::{migrated, put, put_and_load, read, set_and_load};

/// The error of a service, around that of its store, around that of the database.
#[derive(Debug, thiserror::Error)]
#[error("the request failed")]
struct Wrapped(#[source] StoreError);

#[derive(Debug, thiserror::Error)]
#[error("the store failed")]
struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl From<Error> for Wrapped {
    fn from(error: Error) -> Self {
        Self(StoreError(Box::new(error)))
    }
}

impl From<diesel::result::Error> for Wrapped {
    fn from(error: diesel::result::Error) -> Self {
        Self(StoreError(Box::new(error)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_is_retried() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    put(&mut conn, "a", 0).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    // Both read before either writes, so one of the first attempts must fail.
    let both_have_read = Arc::new(Barrier::new(2));
    let add_one = || {
        let (database, runs) = (database.clone(), Arc::clone(&runs));
        let both_have_read = Arc::clone(&both_have_read);
        tokio::spawn(async move {
            database
                .transaction(async move |conn| {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                        .await?;
                    let value = read(conn, "a").await?;
                    if run < 2 {
                        both_have_read.wait().await;
                    }
                    set_and_load(conn, "a", value + 1).await?;
                    Ok::<_, Wrapped>(())
                })
                .await
        })
    };
    let (first, second) = (add_one(), add_one());
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(2, read(&mut conn, "a").await.unwrap());
    assert_eq!(3, runs.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_retried() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    put(&mut conn, "a", 0).await.unwrap();
    put(&mut conn, "b", 0).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let both_hold_one = Arc::new(Barrier::new(2));
    let write = |first: &'static str, second: &'static str, value: i32| {
        let (database, runs) = (database.clone(), Arc::clone(&runs));
        let both_hold_one = Arc::clone(&both_hold_one);
        tokio::spawn(async move {
            database
                .transaction(async move |conn| {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    set_and_load(conn, first, value).await?;
                    if run < 2 {
                        both_hold_one.wait().await;
                    }
                    set_and_load(conn, second, value).await?;
                    Ok::<_, Wrapped>(())
                })
                .await
        })
    };
    let (one, two) = (write("a", "b", 1), write("b", "a", 2));
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    assert_eq!(
        read(&mut conn, "a").await.unwrap(),
        read(&mut conn, "b").await.unwrap()
    );
    assert_eq!(3, runs.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_ignores_one_has_not_committed() {
    let (_test, database) = migrated().await;
    let result = database
        .transaction(async |conn| {
            put(conn, "a", 1).await?;
            let ignored = put_and_load(conn, "a", 2).await;
            assert!(ignored.is_err());
            Ok::<_, Error>(())
        })
        .await;
    assert!(result.is_err(), "the transaction must be rolled back");
    let mut conn = database.get().await.unwrap();
    assert!(matches!(read(&mut conn, "a").await, Err(Error::NotFound)));
    // The connection can be used again.
    database
        .transaction(async |conn| put(conn, "b", 1).await)
        .await
        .unwrap();
    assert_eq!(1, read(&mut conn, "b").await.unwrap());
}

/// One connection, which keeps the setting that it was opened with.
fn with_one_connection(test: &TestDatabase) -> Database {
    let mut config = DatabaseConfig::at(test.url.clone().into());
    config.pool_size = 1;
    Database::new(&config).unwrap()
}

/// Makes the server act as a standby or as a primary for new connections.
async fn turn(test: &TestDatabase, setting: &str) {
    let name = test.url.rsplit('/').next().unwrap();
    let sql = format!(
        "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {setting}; COMMIT"
    );
    test.execute(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_closes_a_connection_to_a_standby() {
    let (test, _) = migrated().await;
    let database = with_one_connection(&test);
    turn(&test, "on").await;
    let write = async || {
        database
            .transaction(async |conn| {
                put_and_load(conn, "a", 1).await?;
                Ok::<_, Wrapped>(())
            })
            .await
    };
    assert!(write().await.is_err());
    turn(&test, "off").await;
    write().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn within_closes_a_connection_to_a_standby() {
    let (test, _) = migrated().await;
    let database = with_one_connection(&test);
    turn(&test, "on").await;
    let write = async || {
        database
            .within(Duration::from_secs(20), async |conn| {
                put_and_load(conn, "a", 1).await?;
                Ok::<_, Wrapped>(())
            })
            .await
    };
    assert!(write().await.is_err());
    turn(&test, "off").await;
    write().await.unwrap();
}
