//! Outages of the database.

use diesel_async::SimpleAsyncConnection;
use persistence::{Database, DatabaseConfig, Error};
use testkit::{Proxy, TestDatabase, eventually};

use crate::support::{migrated, put, read};

async fn through_a_proxy(test: &TestDatabase) -> (Proxy, Database) {
    let (credentials, rest) = test.url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server).await;
    let url = format!("{credentials}@{}/{name}", proxy.address);
    let mut config = DatabaseConfig::at(url.into());
    config.acquire_timeout_ms = 1_000;
    (proxy, Database::new(&config).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_succeed_after_all_connections_were_terminated() {
    let (_test, database) = migrated().await;
    let held = [database.get().await.unwrap(), database.get().await.unwrap()];
    drop(held);
    database
        .get()
        .await
        .unwrap()
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await
        .unwrap();
    for (name, value) in [("a", 1), ("b", 2), ("c", 3)] {
        database
            .transaction(async |conn| put(conn, name, value).await)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_and_its_end_are_detected() {
    let (test, _) = migrated().await;
    let (proxy, database) = through_a_proxy(&test).await;
    assert!(database.is_reachable().await);
    proxy.cut();
    eventually("unreachable", async || {
        (!database.is_reachable().await).then_some(())
    })
    .await;
    let error = database
        .transaction(async |conn| read(conn, "a").await)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    proxy.restore();
    eventually("reachable", async || {
        database.is_reachable().await.then_some(())
    })
    .await;
}
