use std::sync::Arc;
use std::time::Duration;

use catalog::cache::Cache;
use catalog::reads::Reads;
use catalog::store::Store;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{GetProductRequest, UpdateProductRequest};
use futures_util::future::join_all;
use kernel::Clock;
use persistence::Database;
use testkit::Proxy;
use tonic::transport::Channel;

use crate::support::{Desk, Shop, eur, update_of};

/// Reads of a replica of their own.
fn replica(shop: &Shop, redis: &str, prefix: &str, max_age_ms: u64) -> Reads {
    let mut config = shop.config.cache.clone();
    config.redis_url = redis.to_owned().into();
    config.key_prefix = prefix.to_owned();
    config.max_age_ms = max_age_ms;
    config.redis_pause_ms = 20;
    // The tests' machine may be busy; what is tested is who is asked, not how fast.
    config.redis_timeout_ms = 2_000;
    let database = Database::new(&shop.config.database).unwrap();
    let store = Store::new(database, Clock::system());
    Reads::new(&config, Cache::new(&config).unwrap(), store)
}

async fn price(reads: &Reads) -> i64 {
    let product = reads.product("mug").await.unwrap().unwrap();
    product.price.as_ref().unwrap().minor_units
}

async fn reprice(shop: &Shop, minor_units: i64) {
    let slug = "mug".to_owned();
    let product = shop
        .client
        .clone()
        .get_product(GetProductRequest { slug })
        .await;
    let request = UpdateProductRequest {
        price: eur(minor_units),
        ..update_of(&product.unwrap().into_inner().product.unwrap())
    };
    shop.client
        .clone()
        .update_product(shop.staff(request))
        .await
        .unwrap();
}

const LONG: u64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_miss_together_cause_one_read() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let reads = replica(&shop, &redis, &prefix, LONG);
    join_all((0..200).map(|_| price(&reads))).await;
    assert_eq!(reads.loads(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_one_read() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let replicas: Vec<Reads> = (0..4)
        .map(|_| replica(&shop, &redis, &prefix, LONG))
        .collect();
    assert_eq!(price(&replicas[0]).await, 1_000);
    join_all(replicas.iter().map(price)).await;
    let loads: u64 = replicas.iter().map(Reads::loads).sum();
    assert_eq!(loads, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_never_older_than_the_bound() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let (first, second) = (
        replica(&shop, &redis, &prefix, 300),
        replica(&shop, &redis, &prefix, 300),
    );
    assert_eq!(price(&first).await, 1_000);
    // The second one takes over the copy of the first one, and with it its age.
    assert_eq!(price(&second).await, 1_000);
    reprice(&shop, 2_000).await;
    let changed = std::time::Instant::now();
    testkit::eventually("the new price", async || {
        (price(&second).await == 2_000).then_some(())
    })
    .await;
    testkit::eventually("the new price", async || {
        (price(&first).await == 2_000).then_some(())
    })
    .await;
    while changed.elapsed() < Duration::from_millis(300) {
        tokio::task::yield_now().await;
    }
    assert_eq!((price(&first).await, price(&second).await), (2_000, 2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_seen_at_once_where_it_was_made() {
    let (redis, prefix) = testkit::redis();
    let shop = Shop::open_with(
        Clock::system(),
        &[
            ("cache.redis_url", &redis),
            ("cache.key_prefix", &prefix),
            ("cache.max_age_ms", "3600000"),
            ("cache.redis_timeout_ms", "2000"),
        ],
    )
    .await;
    shop.stocked("MUG", 1).await;
    for cents in [2_000, 3_000] {
        reprice(&shop, cents).await;
        let slug = "mug".to_owned();
        let product = shop
            .client
            .clone()
            .get_product(GetProductRequest { slug })
            .await;
        assert_eq!(
            product.unwrap().into_inner().product.unwrap().price,
            eur(cents)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_products_are_read_all_the_same_and_it_is_used_again_when_it_is_back() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let server = redis.trim_start_matches("redis://").trim_end_matches('/');
    let (credentials, server) = match server.rsplit_once('@') {
        Some((credentials, server)) => (format!("{credentials}@"), server),
        None => (String::new(), server),
    };
    let proxy = Proxy::to(server).await;
    let through = format!("redis://{credentials}{}", proxy.address);
    let reads = replica(&shop, &through, &prefix, LONG);
    proxy.cut();
    assert_eq!(price(&reads).await, 1_000);
    assert_eq!(reads.loads(), 1);
    proxy.restore();
    testkit::eventually("another replica finds our copy", async || {
        reads.forget("mug").await;
        assert_eq!(price(&reads).await, 1_000);
        let other = replica(&shop, &redis, &prefix, LONG);
        assert_eq!(price(&other).await, 1_000);
        (other.loads() == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_never_was_there_is_no_obstacle() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 1).await;
    let reads = Arc::new(replica(&shop, "redis://127.0.0.1:9", "x:", LONG));
    join_all((0..50).map(|_| price(&reads))).await;
    assert_eq!(reads.loads(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found_each_time() {
    let shop = Shop::open().await;
    let (redis, prefix) = testkit::redis();
    let reads = replica(&shop, &redis, &prefix, LONG);
    assert!(reads.product("mug").await.unwrap().is_none());
    shop.stocked("MUG", 1).await;
    assert!(reads.product("mug").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_hears_that_a_product_was_written_or_sold_out() {
    let desk = Desk::open_with(Clock::system(), &[("cache.max_age_ms", "3600000")]).await;
    desk.shop.stocked("MUG", 1).await;
    let replica = catalog::start(desk.shop.config.clone(), chassis::Shutdown::for_tests())
        .await
        .unwrap();
    let channel = Channel::from_shared(replica.url()).unwrap().connect_lazy();
    let mut other = CatalogServiceClient::new(channel);
    let mut seen = async || {
        let slug = "mug".to_owned();
        let product = other.get_product(GetProductRequest { slug }).await.unwrap();
        let product = product.into_inner().product.unwrap();
        (product.price.unwrap().minor_units, product.available)
    };
    assert_eq!(seen().await, (1_000, 1));
    testkit::eventually("the new price", async || {
        // The replica may have subscribed only after the write before.
        reprice(&desk.shop, 2_000).await;
        (seen().await == (2_000, 1)).then_some(())
    })
    .await;
    desk.reserved(&[("MUG", 1)]).await;
    testkit::eventually("sold out", async || {
        (seen().await == (2_000, 0)).then_some(())
    })
    .await;
    replica.stop().await;
}
