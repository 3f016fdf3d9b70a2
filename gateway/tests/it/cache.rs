//! The product cache: expiry and change events.

use std::time::Duration;

use contracts::{
    catalog::v1::*,
    messages::{Kind, ProductChanged},
};
use kernel::ProductId;
use messaging::{Broker, BrokerConfig, Envelope, Outgoing};
use testkit::{Proxy, Vhost, eventually, vhost};

use crate::{
    samples::{product, refusal},
    shop::{Answer, Shop},
};

const PATH: &str = "/api/v1/products/coffee-one";

/// The price rises with every call to the catalog.
fn serve_rising_prices(shop: &Shop) {
    let services = shop.services.clone();
    shop.services.on(move |request: GetProductRequest| {
        let calls = services.calls::<GetProductRequest>().len();
        let calls = i64::try_from(calls).unwrap();
        let product = product().map(|product| Product {
            version: calls,
            price: crate::samples::eur(calls * 100),
            slug: request.slug,
            ..product
        });
        Ok(GetProductResponse { product })
    });
}

async fn price(shop: &Shop) -> i64 {
    shop.get(PATH).await.expect(200)["price"]["minor_units"]
        .as_i64()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_loaded_once() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    serve_rising_prices(&shop);
    for _ in 0..5 {
        assert_eq!(price(&shop).await, 100);
    }
    assert_eq!(shop.services.calls::<GetProductRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_share_one_load() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    serve_rising_prices(&shop);
    shop.services.delay(Duration::from_millis(100));
    let prices = futures_util::future::join_all((0..20).map(|_| price(&shop)));
    assert_eq!(prices.await, [100; 20]);
    assert_eq!(shop.services.calls::<GetProductRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_loaded_again_after_its_maximum_age() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 200)).await;
    serve_rising_prices(&shop);
    assert_eq!(price(&shop).await, 100);
    eventually("the page to expire", async || {
        (price(&shop).await > 100).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_product_is_not_cached() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    shop.services.on(|_: GetProductRequest| {
        Err::<GetProductResponse, _>(refusal(
            tonic::Code::NotFound,
            "PRODUCT_NOT_FOUND",
            "no such product",
        ))
    });
    shop.get(PATH).await.problem(404, "product-not-found");
    serve_rising_prices(&shop);
    shop.get(PATH).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_current_copy_gets_a_304() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    let first = shop.get(PATH).await;
    first.expect(200);
    assert_eq!(first.header("cache-control"), "public, no-cache");
    let etag = first.header("etag").to_owned();
    let again = |tag: String| Answer::of(shop.request("GET", PATH).header("If-None-Match", tag));
    for tag in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"other\", {etag}"),
        "*".to_owned(),
    ] {
        let answer = again(tag).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""));
        assert_eq!(answer.header("etag"), etag);
    }
    again("\"other\"".to_owned()).await.expect(200);
}

/// Publishes change events, like the catalog.
struct Catalog {
    broker: Broker,
    vhost: Vhost,
    /// Between the gateway and the broker.
    proxy: Proxy,
}

impl Catalog {
    async fn open() -> Self {
        let vhost = vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        broker.connected().await;
        let url: reqwest::Url = vhost.url.parse().unwrap();
        let proxy = Proxy::to(format!(
            "{}:{}",
            url.host_str().unwrap(),
            url.port().unwrap()
        ))
        .await;
        Self {
            broker,
            vhost,
            proxy,
        }
    }

    async fn publish_change(&self, slug: &str, version: i64) {
        let change = ProductChanged {
            product_id: ProductId::generate(),
            sku: "COFFEE-1".parse().unwrap(),
            slug: slug.to_owned(),
            previous_slug: Some(format!("old-{slug}")),
            version,
        };
        let message = Outgoing {
            exchange: Kind::Event.exchange().to_owned(),
            envelope: Envelope::of(&change).unwrap(),
        };
        // Until the gateway has subscribed, the broker drops the message.
        self.broker.publish_batch(&[message]).await;
    }
}

async fn subscribed(catalog: &Catalog) -> Shop {
    let mut url: reqwest::Url = catalog.vhost.account("gateway").await.parse().unwrap();
    url.set_ip_host(catalog.proxy.address.ip()).unwrap();
    url.set_port(Some(catalog.proxy.address.port())).unwrap();
    let shop = Shop::open_with(|source| {
        source
            .set("cache.max_age_ms", 600_000)
            .set("broker.url", url)
    })
    .await;
    serve_rising_prices(&shop);
    // A separate page, so that late events do not evict the page under test.
    let probe = async || shop.get("/api/v1/products/probe").await.expect(200)["version"].as_i64();
    let first = probe().await;
    eventually("the subscription of the gateway", async || {
        catalog.publish_change("probe", 0).await;
        (probe().await > first).then_some(())
    })
    .await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_event_evicts_the_page() {
    let catalog = Catalog::open().await;
    let shop = subscribed(&catalog).await;
    let before = price(&shop).await;
    assert_eq!(price(&shop).await, before);
    catalog.publish_change("coffee-one", before / 100 + 1).await;
    eventually("the change event", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
    let after = price(&shop).await;
    assert_eq!(price(&shop).await, after, "one event evicts the page once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_slug_evicts_the_page_of_the_old_slug() {
    let catalog = Catalog::open().await;
    let shop = subscribed(&catalog).await;
    let old = async || {
        shop.get("/api/v1/products/old-coffee-one")
            .await
            .expect(200)["version"]
            .as_i64()
    };
    let before = old().await;
    assert_eq!(old().await, before);
    catalog.publish_change("coffee-one", 0).await;
    eventually("the change event", async || {
        (old().await > before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_older_than_a_change_event_is_not_cached() {
    let catalog = Catalog::open().await;
    let shop = subscribed(&catalog).await;
    let before = price(&shop).await;
    catalog.publish_change("coffee-one", i64::MAX).await;
    eventually("the change event", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
    let second = price(&shop).await;
    assert!(
        price(&shop).await > second,
        "a response older than the event was cached"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_subscription_evicts_all_pages() {
    let catalog = Catalog::open().await;
    let shop = subscribed(&catalog).await;
    let before = price(&shop).await;
    assert_eq!(price(&shop).await, before);
    catalog.proxy.cut();
    catalog.proxy.restore();
    eventually("the new subscription", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
}
