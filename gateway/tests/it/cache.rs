//! Product pages: how long they are kept, and what makes the gateway forget them.

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

/// Prices count up with every question.
fn sell(shop: &Shop) {
    let services = shop.services.clone();
    shop.services.on(move |_: GetProductRequest| {
        let asked = services.calls::<GetProductRequest>().len();
        let asked = i64::try_from(asked).unwrap();
        let product = product().map(|product| Product {
            version: asked,
            price: crate::samples::eur(asked * 100),
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
async fn a_page_is_asked_for_once() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    sell(&shop);
    for _ in 0..5 {
        assert_eq!(price(&shop).await, 100);
    }
    assert_eq!(shop.services.calls::<GetProductRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_ask_at_once_one_loads() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    sell(&shop);
    shop.services.delay(Duration::from_millis(100));
    let everyone = futures_util::future::join_all((0..20).map(|_| price(&shop)));
    assert_eq!(everyone.await, [100; 20]);
    assert_eq!(shop.services.calls::<GetProductRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_news_a_page_is_asked_for_again_when_it_is_too_old() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 200)).await;
    sell(&shop);
    assert_eq!(price(&shop).await, 100);
    eventually("the page is too old", async || {
        (price(&shop).await > 100).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_not_there_is_not_remembered() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 600_000)).await;
    shop.services.on(|_: GetProductRequest| {
        Err::<GetProductResponse, _>(refusal(
            tonic::Code::NotFound,
            "PRODUCT_NOT_FOUND",
            "no such product",
        ))
    });
    shop.get(PATH).await.problem(404, "product-not-found");
    sell(&shop);
    shop.get(PATH).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_still_good_is_not_sent_again() {
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

/// Publishes changes on a broker of the test's own.
struct Catalog {
    broker: Broker,
    vhost: Vhost,
    /// The gateway's way to the broker.
    way: Proxy,
}

impl Catalog {
    async fn open() -> Self {
        let vhost = vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        broker.connected().await;
        let url: reqwest::Url = vhost.url.parse().unwrap();
        let way = Proxy::to(format!(
            "{}:{}",
            url.host_str().unwrap(),
            url.port().unwrap()
        ))
        .await;
        Self { broker, vhost, way }
    }

    async fn announce(&self, slug: &str, version: i64) {
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
        // As long as no one listens the broker gives it back, which is what a test waits out.
        self.broker.publish_batch(&[message]).await;
    }
}

async fn listening(catalog: &Catalog) -> Shop {
    let mut url: reqwest::Url = catalog.vhost.url.parse().unwrap();
    url.set_ip_host(catalog.way.address.ip()).unwrap();
    url.set_port(Some(catalog.way.address.port())).unwrap();
    let shop = Shop::open_with(|source| {
        source
            .set("cache.max_age_ms", 600_000)
            .set("broker.url", url)
    })
    .await;
    sell(&shop);
    // Asked with a page of its own: late news must not touch the one that a test looks at.
    let probe = async || shop.get("/api/v1/products/probe").await.expect(200)["version"].as_i64();
    let first = probe().await;
    eventually("the gateway listens", async || {
        catalog.announce("probe", 0).await;
        (probe().await > first).then_some(())
    })
    .await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_change_makes_the_gateway_forget_the_page() {
    let catalog = Catalog::open().await;
    let shop = listening(&catalog).await;
    let before = price(&shop).await;
    assert_eq!(price(&shop).await, before);
    catalog.announce("coffee-one", before / 100 + 1).await;
    eventually("the news arrives", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
    let after = price(&shop).await;
    assert_eq!(price(&shop).await, after, "one change makes it forget once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_slug_makes_the_gateway_forget_the_page_under_the_old_one() {
    let catalog = Catalog::open().await;
    let shop = listening(&catalog).await;
    let old = async || {
        shop.get("/api/v1/products/old-coffee-one")
            .await
            .expect(200)["version"]
            .as_i64()
    };
    let before = old().await;
    assert_eq!(old().await, before);
    catalog.announce("coffee-one", 0).await;
    eventually("the news arrives", async || {
        (old().await > before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_older_than_the_news_is_not_kept() {
    let catalog = Catalog::open().await;
    let shop = listening(&catalog).await;
    let before = price(&shop).await;
    catalog.announce("coffee-one", i64::MAX).await;
    eventually("the news arrives", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
    let second = price(&shop).await;
    assert!(
        price(&shop).await > second,
        "what the catalog still answers is older than its news"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_makes_the_gateway_forget_everything() {
    let catalog = Catalog::open().await;
    let shop = listening(&catalog).await;
    let before = price(&shop).await;
    assert_eq!(price(&shop).await, before);
    catalog.way.cut();
    catalog.way.restore();
    eventually("it has subscribed again", async || {
        (price(&shop).await > before).then_some(())
    })
    .await;
}
