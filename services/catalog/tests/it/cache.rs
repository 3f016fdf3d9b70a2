use std::time::Duration;

use contracts::catalog::v1::{GetProductRequest, Product, UpdateProductRequest};
use futures_util::future::join_all;
use kernel::Clock;
use testkit::Proxy;
use tonic::{Code, Status};

use crate::support::{Client, CommandSender, Shop, eur, refusal, update_of};

/// A replica with these settings of the cache.
async fn replica(shop: &Shop, redis: &str, prefix: &str, max_age_ms: u64) -> Client {
    replica_with(shop, shop.config.clone(), redis, prefix, max_age_ms).await
}

async fn replica_with(
    shop: &Shop,
    mut config: catalog::Config,
    redis: &str,
    prefix: &str,
    max_age_ms: u64,
) -> Client {
    let cache = &mut config.own.own.cache;
    cache.redis_url = redis.to_owned().into();
    cache.key_prefix = prefix.to_owned();
    cache.max_age_ms = max_age_ms;
    cache.redis_pause_ms = 20;
    // Long, because the machine of a test may be busy.
    cache.redis_timeout_ms = 2_000;
    shop.replica(config).await
}

async fn product(replica: &Client) -> Result<Product, Status> {
    let slug = "mug".to_owned();
    let mut replica = replica.clone();
    let answer = replica.get_product(GetProductRequest { slug }).await?;
    Ok(answer.into_inner().product.unwrap())
}

async fn price(replica: &Client) -> i64 {
    product(replica).await.unwrap().price.unwrap().minor_units
}

/// The number of products that the replicas of this process have read from the database.
async fn database_reads(shop: &Shop) -> u64 {
    let metrics = testkit::scrape(&shop.admin_url).await;
    let reads = metrics
        .lines()
        .find_map(|line| line.strip_prefix("catalog_product_reads_total "));
    reads.map_or(0, |number| number.parse().unwrap())
}

async fn reprice(shop: &Shop, replica: &Client, minor_units: i64) {
    let request = UpdateProductRequest {
        price: eur(minor_units),
        ..update_of(&product(replica).await.unwrap())
    };
    let updated = replica.clone().update_product(shop.staff(request)).await;
    updated.unwrap();
}

const LONG: u64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_misses_cause_one_read() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let replica = replica(&shop, &redis, &prefix, LONG).await;
    join_all((0..200).map(|_| price(&replica))).await;
    assert_eq!(database_reads(&shop).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_one_read() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let replicas = join_all((0..4).map(|_| replica(&shop, &redis, &prefix, LONG))).await;
    assert_eq!(price(&replicas[0]).await, 1_000);
    join_all(replicas.iter().map(price)).await;
    assert_eq!(database_reads(&shop).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_never_older_than_the_bound() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let (first, second) = (
        replica(&shop, &redis, &prefix, 300).await,
        replica(&shop, &redis, &prefix, 300).await,
    );
    assert_eq!(price(&first).await, 1_000);
    // The second replica reads the entry of the first, with its age.
    assert_eq!(price(&second).await, 1_000);
    reprice(&shop, &shop.client, 2_000).await;
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
async fn a_replica_reads_its_own_write() {
    let (redis, prefix) = testkit::redis();
    let shop = Shop::start_with(
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
    for minor_units in [2_000, 3_000] {
        reprice(&shop, &shop.client, minor_units).await;
        assert_eq!(price(&shop.client).await, minor_units);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_read_without_redis_and_shared_again_when_it_returns() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let (redis, prefix) = testkit::redis();
    let server = redis.trim_start_matches("redis://").trim_end_matches('/');
    let (credentials, server) = match server.rsplit_once('@') {
        Some((credentials, server)) => (format!("{credentials}@"), server),
        None => (String::new(), server),
    };
    let proxy = Proxy::to(server).await;
    let through = format!("redis://{credentials}{}", proxy.address);
    let first = replica(&shop, &through, &prefix, LONG).await;
    proxy.cut();
    assert_eq!(price(&first).await, 1_000);
    assert_eq!(database_reads(&shop).await, 1);
    proxy.restore();
    testkit::eventually("another replica finds the entry of the first", async || {
        // A write evicts the entries of its replica.
        reprice(&shop, &first, 1_000).await;
        assert_eq!(price(&first).await, 1_000);
        let other = replica(&shop, &redis, &prefix, LONG).await;
        let before = database_reads(&shop).await;
        assert_eq!(price(&other).await, 1_000);
        (database_reads(&shop).await == before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_shared_with_a_replica_that_uses_tls() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let (plain, prefix) = testkit::redis();
    let (encrypted, _) = testkit::redis_with_tls();
    let mut config = shop.config.clone();
    config.own.own.cache.redis_ca_path = testkit::server_ca();
    let first = replica_with(&shop, config, &encrypted, &prefix, LONG).await;
    assert_eq!(price(&first).await, 1_000);
    let second = replica(&shop, &plain, &prefix, LONG).await;
    assert_eq!(price(&second).await, 1_000);
    assert_eq!(database_reads(&shop).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_read_when_redis_never_answers() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let replica = replica(&shop, "redis://127.0.0.1:9", "x:", LONG).await;
    join_all((0..50).map(|_| price(&replica))).await;
    assert_eq!(database_reads(&shop).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_product_is_not_cached() {
    let shop = Shop::start().await;
    let (redis, prefix) = testkit::redis();
    let replica = replica(&shop, &redis, &prefix, LONG).await;
    let (code, reason, _) = refusal(product(&replica).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "PRODUCT_NOT_FOUND")
    );
    shop.stocked("MUG", 1).await;
    assert!(product(&replica).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_or_a_sell_out_evicts_the_product_in_every_replica() {
    let sender =
        CommandSender::start_with(Clock::system(), &[("cache.max_age_ms", "3600000")]).await;
    sender.shop.stocked("MUG", 1).await;
    let replica = sender.shop.replica(sender.shop.config.clone()).await;
    let price_and_units = async || {
        let product = product(&replica).await.unwrap();
        (product.price.unwrap().minor_units, product.available)
    };
    assert_eq!(price_and_units().await, (1_000, 1));
    testkit::eventually("the new price", async || {
        // The replica may have subscribed after the first write.
        reprice(&sender.shop, &sender.shop.client, 2_000).await;
        (price_and_units().await == (2_000, 1)).then_some(())
    })
    .await;
    sender.reserved(&[("MUG", 1)]).await;
    testkit::eventually("sold out", async || {
        (price_and_units().await == (2_000, 0)).then_some(())
    })
    .await;
}
