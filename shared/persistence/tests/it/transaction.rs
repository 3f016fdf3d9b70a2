//! Commits, rollbacks and retries of transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::SimpleAsyncConnection;
use persistence::Error;
use testkit::eventually;
use tokio::sync::{Barrier, Notify};

use crate::support::{migrated, put, read, set};

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("not enough")]
    NotEnough,
    #[error(transparent)]
    Database(#[from] Error),
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_rolls_back() {
    let (_test, database) = migrated().await;
    let result = database
        .transaction(async |conn| {
            put(conn, "a", 1).await?;
            Err::<(), _>(StoreError::NotEnough)
        })
        .await;
    assert!(matches!(result, Err(StoreError::NotEnough)));
    let mut conn = database.get().await.unwrap();
    assert!(matches!(read(&mut conn, "a").await, Err(Error::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_is_retried() {
    let (_test, database) = migrated().await;
    put(&mut database.get().await.unwrap(), "a", 0)
        .await
        .unwrap();
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
                    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                        .await
                        .map_err(Error::from)?;
                    let value = read(conn, "a").await?;
                    if run < 2 {
                        both_have_read.wait().await;
                    }
                    set(conn, "a", value + 1).await?;
                    Ok::<_, StoreError>(())
                })
                .await
        })
    };
    let (first, second) = (add_one(), add_one());
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(
        2,
        read(&mut database.get().await.unwrap(), "a").await.unwrap()
    );
    assert!(runs.load(Ordering::SeqCst) >= 3);
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
                    set(conn, first, value).await?;
                    if run < 2 {
                        both_hold_one.wait().await;
                    }
                    set(conn, second, value).await?;
                    Ok::<_, StoreError>(())
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
async fn a_dropped_transaction_releases_its_locks() {
    let (test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    put(&mut conn, "a", 0).await.unwrap();
    let locked = Arc::new(Notify::new());
    let signal = Arc::clone(&locked);
    let given_up = database.transaction(async move |conn| {
        set(conn, "a", 1).await?;
        signal.notify_one();
        std::future::pending::<Result<(), Error>>().await
    });
    tokio::select! {
        _ = given_up => panic!("the transaction must not end"),
        () = locked.notified() => {}
    }
    // The pool is not used meanwhile.
    eventually("the lock to be released", async || {
        let free = conn.batch_execute("SELECT FROM counters WHERE name = 'a' FOR UPDATE NOWAIT");
        free.await.ok()
    })
    .await;
    assert_eq!(0, read(&mut conn, "a").await.unwrap());
    drop(test);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_ignores_a_failed_statement_does_not_commit() {
    let (_test, database) = migrated().await;
    let result = database
        .transaction(async |conn| {
            put(conn, "a", 1).await?;
            let _taken_lightly = put(conn, "a", 2).await;
            Ok::<_, Error>(())
        })
        .await;
    assert!(result.is_err(), "the transaction must be rolled back");
    database
        .transaction(async |conn| {
            put(conn, "b", 1).await?;
            conn.batch_execute("SAVEPOINT before").await?;
            let _taken_lightly = put(conn, "b", 2).await;
            conn.batch_execute("ROLLBACK TO SAVEPOINT before").await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let mut conn = database.get().await.unwrap();
    assert!(matches!(read(&mut conn, "a").await, Err(Error::NotFound)));
    assert_eq!(1, read(&mut conn, "b").await.unwrap());
}
