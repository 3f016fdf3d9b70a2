//! A service is away: what it does is refused at once, with the time to wait, and all else goes on.

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

/// A shop in which one service cannot be reached, and the others answer.
async fn without(service: &str) -> Shop {
    let key = format!("upstreams.{service}.url");
    let shop = Shop::open_with(|source| source.set(&key, NOWHERE)).await;
    answer_everything(&shop);
    shop
}

fn answer_everything(shop: &Shop) {
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
fn is_away(answer: &Answer) {
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
async fn while_order_is_away_products_can_be_browsed_and_a_checkout_is_a_503() {
    let shop = without("order").await;
    for path in BROWSING {
        shop.get(path).await.expect(200);
    }
    is_away(&check_out(&shop).await);
    is_away(&shop.get("/api/v1/cart").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_payment_is_away_orders_are_taken() {
    let shop = without("payment").await;
    check_out(&shop).await.expect(201);
    let payment = format!("/api/v1/orders/{ID}/payment");
    is_away(&shop.as_customer("GET", &payment, Value::Null).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_user_is_away_who_is_signed_in_goes_on() {
    let issuer = testkit::Issuer::start().await;
    let (proxy, through) = Proxy::in_front_of(&format!("{}/", issuer.url())).await;
    let shop = Shop::open_with(|source| source.set("upstreams.user.url", through)).await;
    answer_everything(&shop);
    proxy.cut();
    let token = issuer.token(shop.customer.0, "customer");
    let with_token = |method, path| shop.request(method, path).bearer_auth(&token);
    let me = Answer::of(with_token("GET", "/api/v1/me")).await;
    is_away(&me);
    let path = format!("/api/v1/orders/{ID}");
    Answer::of(with_token("GET", &path)).await.expect(200);
    Answer::of(with_token("GET", "/api/v1/cart"))
        .await
        .expect(200);
    let credentials = json!({"email": "ada@example.com", "password": "correct-horse"});
    is_away(&shop.send("POST", "/api/v1/sessions", credentials).await);
    assert!(shop.is_ready().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_needs_and_misses_is_asked_for_once() {
    let shop = Shop::open().await;
    answer_everything(&shop);
    shop.services.on(|_: PlaceOrderRequest| {
        let message = "the catalog is away";
        Err::<PlaceOrderResponse, _>(refusal(Code::Unavailable, "UNAVAILABLE", message))
    });
    // Far more than the circuit breaker takes.
    for calls in 1..=40 {
        is_away(&check_out(&shop).await);
        assert_eq!(shop.services.calls::<PlaceOrderRequest>().len(), calls);
    }
    // The service itself is well: its other doors stay open.
    let path = format!("/api/v1/orders/{ID}");
    let answer = shop.as_customer("GET", &path, Value::Null).await;
    answer.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_is_soon_refused_at_once() {
    let shop = Shop::open_with(|source| {
        source
            .set("cache.max_age_ms", 1)
            .set("budget.read_ms", 200)
            .set("upstreams.catalog.timeout_ms", 200)
            .set("upstreams.catalog.breaker_min_calls", 4)
            .set("upstreams.catalog.breaker_open_ms", 600_000)
    })
    .await;
    answer_everything(&shop);
    shop.get(BROWSING[0]).await.expect(200);
    shop.services.delay(Duration::from_secs(30));
    // Three are enough; one that was left too little time on a busy machine proves nothing, though.
    let mut slow = 0;
    let refused = loop {
        let answer = shop.get(BROWSING[1]).await;
        if answer.status != 504 || slow == 20 {
            break answer;
        }
        answer.problem(504, "deadline-exceeded");
        assert_eq!(answer.header("retry-after"), "1");
        slow += 1;
    };
    is_away(&refused);
    assert!(slow >= 3, "refused after {slow}");
    let asked = shop.services.calls::<SearchProductsRequest>().len();
    is_away(&shop.get(BROWSING[1]).await);
    assert_eq!(shop.services.calls::<SearchProductsRequest>().len(), asked);
    shop.get(BROWSING[0]).await.expect(200);
}

#[test]
fn the_defaults_leave_enough_time_to_show_that_a_service_hangs() {
    let config: Config = load(&Source::defaults(ABOUT)).unwrap();
    let config = config.own;
    let upstreams = &config.upstreams;
    assert!(upstreams.catalog.timeout_ms <= config.budget.read_ms * 2);
    for upstream in [&upstreams.user, &upstreams.order, &upstreams.payment] {
        assert!(upstream.timeout_ms <= config.budget.default_ms * 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_catalog_is_away_the_last_known_pages_are_shown() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 1)).await;
    answer_everything(&shop);
    let page = shop.get(BROWSING[0]).await;
    page.expect(200);
    shop.get(BROWSING[2]).await.expect(200);
    away(&shop);
    let last = shop.get(BROWSING[0]).await;
    assert_eq!(last.expect(200), page.json());
    assert_eq!(last.header("etag"), page.header("etag"));
    shop.get(BROWSING[2]).await.expect(200);
    is_away(&shop.get("/api/v1/products/never-seen").await);
    is_away(&shop.get(BROWSING[1]).await);
    answer_everything(&shop);
    eventually("it is asked again", async || {
        let asked = shop.services.calls::<GetProductRequest>().len();
        shop.get(BROWSING[0]).await.expect(200);
        (shop.services.calls::<GetProductRequest>().len() > asked).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_was_taken_away_is_not_shown_while_the_catalog_is_away() {
    let shop = Shop::open_with(|source| source.set("cache.max_age_ms", 1)).await;
    answer_everything(&shop);
    shop.get(BROWSING[0]).await.expect(200);
    shop.services.on(|_: GetProductRequest| {
        let status = refusal(Code::NotFound, "PRODUCT_NOT_FOUND", "no such product");
        Err::<GetProductResponse, _>(status)
    });
    eventually("the page is too old", async || {
        (shop.get(BROWSING[0]).await.status == 404).then_some(())
    })
    .await;
    away(&shop);
    is_away(&shop.get(BROWSING[0]).await);
}

/// Takes the catalog away.
fn away(shop: &Shop) {
    let no = || refusal(Code::Unavailable, "UNAVAILABLE", "no database");
    shop.services
        .on(move |_: GetProductRequest| Err::<GetProductResponse, _>(no()));
    shop.services
        .on(move |_: SearchProductsRequest| Err::<SearchProductsResponse, _>(no()));
    shop.services
        .on(move |_: ListCategoriesRequest| Err::<ListCategoriesResponse, _>(no()));
}
