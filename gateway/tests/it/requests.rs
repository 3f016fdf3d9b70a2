//! Malformed requests.

use contracts::{
    catalog::v1::{SearchProductsRequest, SearchProductsResponse},
    order::v1::*,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    samples::postal_json,
    shop::{Answer, Shop},
};

/// Compares a problem without its trace id.
macro_rules! assert_problem_snapshot {
    ($document:expr) => {
        assert_json_snapshot!($document, {".trace_id" => "[trace]"})
    };
}

async fn register(shop: &Shop, body: &str) -> Answer {
    let request = shop
        .request("POST", "/api/v1/users")
        .header("Content-Type", "application/json");
    Answer::of(request.body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_url_is_a_problem() {
    let shop = Shop::open().await;
    for path in [
        "/api/v1/unicorns",
        "/unicorns",
        "/api/v2/products",
        "/api/v1/products/",
        "/docs/secret.txt",
    ] {
        let document = shop.get(path).await.problem(404, "not-found");
        assert_eq!(document["instance"], path);
    }
    assert_problem_snapshot!(shop.get("/api/v1/unicorns?q=1").await.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_method_lists_the_supported_ones() {
    let shop = Shop::open().await;
    let answer = shop
        .send("PATCH", "/api/v1/me/addresses/1", json!({}))
        .await;
    assert_problem_snapshot!(answer.problem(405, "method-not-allowed"));
    assert_eq!(answer.header("allow"), "PUT, DELETE");
    let answer = shop.get("/api/v1/users").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_json_is_a_problem_with_its_position() {
    let shop = Shop::open().await;
    let answer = register(&shop, "{\n  \"email\": \"ada@example.com\",\n  oops\n}").await;
    assert_problem_snapshot!(answer.problem(400, "json-invalid"));
    for body in ["", "null", "[]", "{\"email\"", "{} {}"] {
        register(&shop, body).await.problem(400, "json-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_1_to_100_entries() {
    let shop = Shop::open().await;
    for size in ["0", "101", "-1", "1.5", "many", "4294967296"] {
        let path = format!("/api/v1/products?page_size={size}");
        let document = shop.get(&path).await.problem(400, "query-invalid");
        let named = json!([{"field": "page_size", "message": "must be between 1 and 100"}]);
        assert_eq!(document["errors"], named);
    }
    let orders = "/api/v1/orders?page_size=0";
    let answer = shop.as_customer("GET", orders, Value::Null).await;
    answer.problem(400, "query-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_be_json() {
    let shop = Shop::open().await;
    let form = shop
        .request("POST", "/api/v1/users")
        .form(&[("email", "ada@example.com")]);
    assert_problem_snapshot!(Answer::of(form).await.problem(415, "body-type-unsupported"));
    let bare = shop.request("POST", "/api/v1/users").body("{}");
    Answer::of(bare).await.problem(415, "body-type-unsupported");
    let charset = shop.request("POST", "/api/v1/users");
    let charset = charset
        .header("Content-Type", "application/json; charset=utf-8")
        .body("{}");
    Answer::of(charset).await.problem(422, "validation-failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_rejected_with_and_without_a_length() {
    let shop = Shop::open_with(|source| source.set("http.max_body_bytes", 100)).await;
    let large = json!({"email": "a".repeat(100)}).to_string();
    assert_problem_snapshot!(register(&shop, &large).await.problem(413, "body-too-large"));
    let chunk = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n",
        large.len()
    );
    let answer = raw(&shop, &chunk).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("/problems/body-too-large"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_arrive_times_out() {
    let shop = Shop::open_with(|source| source.set("http.body_timeout_ms", 50)).await;
    let answer = raw(&shop, "Content-Length: 20\r\n\r\n{\"email\"").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/body-timed-out"), "{answer}");
}

/// Sends raw headers and body; returns the response until the connection closes.
async fn raw(shop: &Shop, rest: &str) -> String {
    let mut stream = TcpStream::connect(shop.gateway.listen).await.unwrap();
    let head = "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                Connection: close\r\n";
    stream
        .write_all(format!("{head}{rest}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn all_errors_of_a_query_are_reported() {
    let shop = Shop::open().await;
    let path = "/api/v1/products?min_price=cheap&in_stock=perhaps&sort=magic&colour=red&q=a&q=b";
    assert_problem_snapshot!(shop.get(path).await.problem(400, "query-invalid"));
    shop.get("/api/v1/cart?country=DE&page=1")
        .await
        .problem(400, "query-invalid");
    let orders = "/api/v1/orders?status=lost";
    shop.as_customer("GET", orders, Value::Null)
        .await
        .problem(400, "query-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_not_utf8_is_rejected() {
    let shop = Shop::open().await;
    let document = shop.get("/api/v1/products?q=caf%E9").await;
    let document = document.problem(400, "query-invalid");
    let named = json!([{"field": "q", "message": "must be percent-encoded UTF-8"}]);
    assert_eq!(document["errors"], named);
    shop.get("/api/v1/products?%FF=1")
        .await
        .problem(400, "query-invalid");
    shop.get("/api/v1/cart?country=%C3")
        .await
        .problem(400, "query-invalid");
    assert!(shop.services.calls::<SearchProductsRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unacceptable_encoding_is_a_406_in_status_and_body() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: SearchProductsRequest| Ok(SearchProductsResponse::default()));
    let request = shop
        .request("GET", "/api/v1/products")
        .header("Accept-Encoding", "identity;q=0, *;q=0");
    Answer::of(request).await.problem(406, "not-acceptable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_of_the_wrong_type_is_named() {
    let shop = Shop::open().await;
    let answer = shop
        .as_customer("GET", "/api/v1/orders/42", Value::Null)
        .await;
    assert_problem_snapshot!(answer.problem(400, "path-invalid"));
    let answer = shop
        .send("PUT", "/api/v1/cart/items/coffee", json!({"quantity": 1}))
        .await;
    assert_eq!(
        answer.problem(400, "path-invalid")["errors"][0]["field"],
        "sku"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_needs_one_valid_idempotency_key() {
    let shop = Shop::open().await;
    let checkout = json!({"shipping_address": postal_json(), "payment_method": "pm_card_visa"});
    let place = |keys: &[&str]| {
        let request = shop
            .request("POST", "/api/v1/orders")
            .bearer_auth(&shop.customer.1);
        let request = keys.iter().fold(request, |request, key| {
            request.header("Idempotency-Key", *key)
        });
        Answer::of(request.json(&checkout))
    };
    assert_problem_snapshot!(place(&[]).await.problem(400, "idempotency-key-missing"));
    let long = "k".repeat(256);
    for keys in [&["two words"][..], &[""], &[long.as_str()], &["one", "two"]] {
        place(keys).await.problem(400, "idempotency-key-invalid");
    }
    let refunds = format!("/api/v1/staff/orders/{}/refunds", crate::samples::ID);
    let refund = shop
        .as_staff("POST", &refunds, json!({"reason": "broken"}))
        .await;
    refund.problem(400, "idempotency-key-missing");
    assert!(shop.services.calls::<PlaceOrderRequest>().is_empty());
}
