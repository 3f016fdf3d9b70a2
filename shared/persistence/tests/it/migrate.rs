//! Concurrent processes apply migrations once.

use futures_util::future::join_all;
use persistence::{Database, DatabaseConfig, MigrateError};
use testkit::Proxy;

use crate::support::{MIGRATIONS, empty, put};

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_migrations_one_works_and_all_succeed() {
    let test = empty().await;
    let applied = join_all((0..6).map(|_| {
        let config = DatabaseConfig::at(test.owner_url.clone().into());
        async move { persistence::migrate(&config, MIGRATIONS).await.unwrap() }
    }))
    .await;
    let working: Vec<_> = applied
        .iter()
        .filter(|versions| !versions.is_empty())
        .collect();
    assert_eq!(
        [&vec![
            "20260101000001".to_owned(),
            "20260101000002".to_owned()
        ]],
        *working
    );
    let database = Database::new(&DatabaseConfig::at(test.owner_url.clone().into())).unwrap();
    put(&mut database.get().await.unwrap(), "a", 1)
        .await
        .unwrap();
}

#[tokio::test]
async fn migrations_work_on_a_current_thread_runtime() {
    let test = empty().await;
    let config = DatabaseConfig::at(test.owner_url.clone().into());
    assert_eq!(
        2,
        persistence::migrate(&config, MIGRATIONS)
            .await
            .unwrap()
            .len()
    );
}

/// A proxy without a server, the URL through it, and the address of the server.
async fn starting_server(url: &str) -> (Proxy, String, String) {
    let (credentials, rest) = url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::without_backend().await;
    let through = format!("{credentials}@{}/{name}", proxy.address);
    (proxy, through, server.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_jobs_wait_for_a_database_that_is_starting() {
    let test = empty().await;
    let (proxy, url, server) = starting_server(&test.owner_url).await;
    let migrating = tokio::spawn({
        let url = url.clone();
        async move { persistence::migrate(&DatabaseConfig::at(url.into()), MIGRATIONS).await }
    });
    let database = Database::new(&DatabaseConfig::at(url.into())).unwrap();
    let waiting = tokio::spawn(async move { database.wait().await });
    testkit::eventually("both to have tried to connect", async || {
        (proxy.accepted() >= 2).then_some(())
    })
    .await;
    proxy.set_server(server);
    assert_eq!(migrating.await.unwrap().unwrap().len(), 2);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_not_waited_for() {
    let test = empty().await;
    let url = format!("{}_not", test.owner_url);
    let error = persistence::migrate(&DatabaseConfig::at(url.into()), MIGRATIONS)
        .await
        .unwrap_err();
    assert!(matches!(error, MigrateError::Database(_)), "{error:?}");
}
