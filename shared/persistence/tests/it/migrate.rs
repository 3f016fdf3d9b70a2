//! Migrations run once, however many processes start at once.

use futures_util::future::join_all;
use persistence::{Database, DatabaseConfig};

use crate::support::{MIGRATIONS, empty, put};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_migrate_at_once_one_works_and_all_succeed() {
    let test = empty().await;
    let applied = join_all((0..6).map(|_| {
        let url = test.url.clone().into();
        async move { persistence::migrate(&url, MIGRATIONS).await.unwrap() }
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
    let database = Database::new(&DatabaseConfig::at(test.url.clone().into())).unwrap();
    put(&mut database.get().await.unwrap(), "a", 1)
        .await
        .unwrap();
}

#[tokio::test]
async fn migrations_work_on_a_current_thread_runtime_too() {
    let test = empty().await;
    let url = test.url.clone().into();
    assert_eq!(
        2,
        persistence::migrate(&url, MIGRATIONS).await.unwrap().len()
    );
}
