//! Reads of the public leave connections to everyone else.

use diesel_async::SimpleAsyncConnection;
use persistence::{Database, DatabaseConfig};
use testkit::eventually;

use crate::support::{Shop, query};

/// Searches that wait for a lock, each with a connection.
const WAITING: &str = "pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%products%'";

#[tokio::test(flavor = "multi_thread")]
async fn searches_that_hang_leave_connections_for_checkouts() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 3).await;
    let superuser = DatabaseConfig::at(shop.database.superuser_url.as_str().into());
    let superuser = Database::new(&superuser).unwrap();
    let mut locker = superuser.get().await.unwrap();
    locker
        .batch_execute("BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let share = shop.config.own.own.reads.public_connections;
    let searches: Vec<_> = (0..30)
        .map(|_| {
            let mut client = shop.client.clone();
            tokio::spawn(async move { client.search_products(query("mug")).await })
        })
        .collect();
    eventually("the searches have their share", async || {
        let waiting = shop.database.count(WAITING).await;
        usize::try_from(waiting)
            .is_ok_and(|waiting| waiting == share)
            .then_some(())
    })
    .await;
    // Another statement gets a connection at once: 30 searches wait for 4.
    assert_eq!(shop.stock("MUG").await.on_hand, 3);
    locker.batch_execute("ROLLBACK").await.unwrap();
    for search in searches {
        search.abort();
    }
}
