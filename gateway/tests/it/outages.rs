//! A service is unavailable: its requests get a 503 with `Retry-After`, and all others are served.

use std::time::Duration;

use chassis::config::{Source, load};
use contracts::{catalog::v1::*, order::v1::*, user::v1::*};
use gateway::{ABOUT, Config};
use serde_json::{Value, json};
use testkit::{Proxy, eventually};
use tonic::Code;

use crate::{
    samples::{ID, cart, order, postal_json, product, refusal, user},
    shop::{Answer, Shop},
};

const NOWHERE: &str = "http://127.0.0.1:1";

/// A gateway that cannot reach one service.
async fn without(service: &str) -> Shop {
    let key = format!("upstreams.{service}.url");
    let shop = Shop::open_with(|source| source.set(&key, NOWHERE)).await;
    serve_all(&shop);
    shop
}

fn serve_all(shop: &Shop) {
    let services = &shop.services;
    services.on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    services.on(|_: SearchProductsRequest| Ok(SearchProductsResponse::default()));
    services.on(|_: ListCategoriesRequest| Ok(ListCategoriesResponse::default()));
    services.on(|_: GetCartRequest| Ok(GetCartResponse { cart: cart("") }));
    services.on(|_: PlaceOrderRequest| {
        Ok(PlaceOrderResponse {
            order: order(OrderStatus::Pending),
        })
    });
    services.on(|_: GetOrderRequest| {
        Ok(GetOrderResponse {
            order: order(OrderStatus::Pending),
        })
    });
    services.on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
}

async fn check_out(shop: &Shop) -> Answer {
    let checkout = json!({"shipping_address": postal_json(), "payment_method": "pm_card_visa"});
    let request = shop
        .request("POST", "/api/v1/orders")
        .bearer_auth(&shop.customer.1)
        .header("Idempotency-Key", "key-1");
    Answer::of(request.json(&checkout)).await
}

#[track_caller]
fn assert_unavailable(answer: &Answer) {
    answer.problem(503, "unavailable");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!(seconds >= 1, "{answer:?}");
}

const BROWSING: [&str; 3] = [
    "/api/v1/products/coffee-one",
    "/api/v1/products",
    "/api/v1/categories",
];

#[tokio::test(flavor = "multi_thread")]
async fn without_order_products_can_be_browsed_and_checkout_is_a_503() {
    let shop = without("order").await;
    for path in BROWSING {
        shop.get(path).await.expect(200);
    }
    assert_unavailable(&check_out(&shop).await);
    assert_unavailable(&shop.get("/api/v1/cart").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_payment_orders_are_accepted() {
    let shop = without("payment").await;
    check_out(&shop).await.expect(201);
    let payment = format!("/api/v1/orders/{ID}/payment");
    assert_unavailable(&shop.as_customer("GET", &payment, Value::Null).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_user_signed_in_callers_are_served() {
    let issuer = testkit::Issuer::start().await;
    let (proxy, proxied) = Proxy::in_front_of(&format!("{}/", issuer.url())).await;
    let shop = Shop::open_with(|source| source.set("upstreams.user.url", proxied)).await;
    serve_all(&shop);
    proxy.cut();
    let token = issuer.token(shop.customer.0, "customer");
    let with_token = |method, path| shop.request(method, path).bearer_auth(&token);
    let me = Answer::of(with_token("GET", "/api/v1/me")).await;
    assert_unavailable(&me);
    let path = format!("/api/v1/orders/{ID}");
    Answer::of(with_token("GET", &path)).await.expect(200);
    Answer::of(with_token("GET", "/api/v1/cart"))
        .await
        .expect(200);
    let credentials = json!({"email": "ada@example.com", "password": "correct-horse"});
    assert_unavailable(&shop.send("POST", "/api/v1/sessions", credentials).await);
    assert!(shop.is_ready().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_a_dependency_is_not_retried_and_opens_no_breaker() {
    let shop = Shop::open().await;
    serve_all(&shop);
    shop.services.on(|_: PlaceOrderRequest| {
        let message = "the catalog is unavailable";
        Err::<PlaceOrderResponse, _>(refusal(Code::Unavailable, "UNAVAILABLE", message))
    });
    // More failures than the circuit breaker tolerates.
    for calls in 1..=40 {
        assert_unavailable(&check_out(&shop).await);
        assert_eq!(shop.services.calls::<PlaceOrderRequest>().len(), calls);
    }
    // The service itself is healthy, so its other calls still work.
    let path = format!("/api/v1/orders/{ID}");
    let answer = shop.as_customer("GET", &path, Value::Null).await;
    answer.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_hanging_service_soon_fail_at_once() {
    let shop = Shop::open_with(|source| {
        source
            .set("cache.max_age_ms", 1)
            .set("budget.read_ms", 1_000)
            .set("upstreams.catalog.timeout_ms", 1_000)
            .set("upstreams.catalog.breaker_min_calls", 4)
            .set("upstreams.catalog.breaker_open_ms", 600_000)
    })
    .await;
    serve_all(&shop);
    shop.get(BROWSING[0]).await.expect(200);
    shop.services.delay(Duration::from_secs(30));
    // Three time-outs open the breaker. On a busy machine a call may start too late to count.
    let mut slow = 0;
    let rejected = loop {
        let answer = shop.get(BROWSING[1]).await;
        if answer.status != 504 || slow == 20 {
            break answer;
        }
        answer.problem(504, "deadline-exceeded");
        assert_eq!(answer.header("retry-after"), "1");
        slow += 1;
    };
    assert_unavailable(&rejected);
    assert!(slow >= 3, "rejected after {slow} time-outs");
    let calls_before = shop.services.calls::<SearchProductsRequest>().len();
    assert_unavailable(&shop.get(BROWSING[1]).await);
    assert_eq!(
        shop.services.calls::<SearchProductsRequest>().len(),
        calls_before
    );
    shop.get(BROWSING[0]).await.expect(200);
}

#[test]
fn with_the_default_timeouts_the_breaker_counts_a_hanging_service() {
    let config: Config = load(&Source::defaults(ABOUT)).unwrap();
    let config = config.own;
    let upstreams = &config.upstreams;
    assert!(upstreams.catalog.timeout_ms <= config.budget.read_ms * 2);
    for upstream in [&upstreams.user, &upstreams.order, &upstreams.payment] {
        assert!(upstream.timeout_ms <= config.budget.default_ms * 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_catalog_stale_pages_are_served() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 1)).await;
    serve_all(&shop);
    let page = shop.get(BROWSING[0]).await;
    page.expect(200);
    shop.get(BROWSING[2]).await.expect(200);
    fail_catalog(&shop);
    let last = shop.get(BROWSING[0]).await;
    assert_eq!(last.expect(200), page.json());
    assert_eq!(last.header("etag"), page.header("etag"));
    shop.get(BROWSING[2]).await.expect(200);
    assert_unavailable(&shop.get("/api/v1/products/not-cached").await);
    assert_unavailable(&shop.get(BROWSING[1]).await);
    serve_all(&shop);
    eventually("the catalog is called again", async || {
        let calls_before = shop.services.calls::<GetProductRequest>().len();
        shop.get(BROWSING[0]).await.expect(200);
        (shop.services.calls::<GetProductRequest>().len() > calls_before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_product_is_not_served_as_a_stale_page() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 1)).await;
    serve_all(&shop);
    shop.get(BROWSING[0]).await.expect(200);
    shop.services.on(|_: GetProductRequest| {
        let status = refusal(Code::NotFound, "PRODUCT_NOT_FOUND", "no such product");
        Err::<GetProductResponse, _>(status)
    });
    eventually("the page to expire", async || {
        (shop.get(BROWSING[0]).await.status == 404).then_some(())
    })
    .await;
    fail_catalog(&shop);
    assert_unavailable(&shop.get(BROWSING[0]).await);
}

/// Makes the catalog respond with `UNAVAILABLE`.
fn fail_catalog(shop: &Shop) {
    let unavailable = || refusal(Code::Unavailable, "UNAVAILABLE", "no database");
    shop.services
        .on(move |_: GetProductRequest| Err::<GetProductResponse, _>(unavailable()));
    shop.services
        .on(move |_: SearchProductsRequest| Err::<SearchProductsResponse, _>(unavailable()));
    shop.services
        .on(move |_: ListCategoriesRequest| Err::<ListCategoriesResponse, _>(unavailable()));
}
