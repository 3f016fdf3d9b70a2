//! Headers of every response, and CORS.

use contracts::{catalog::v1::*, user::v1::*};

use crate::{
    samples::{product, product_summary, user},
    shop::{Answer, Shop},
};

#[tokio::test(flavor = "multi_thread")]
async fn responses_and_problems_have_security_headers() {
    let shop = Shop::open().await;
    for path in ["/openapi.json", "/nowhere"] {
        let answer = shop.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hsts_is_sent_when_configured() {
    let shop = Shop::open_with(|source| source.set("http.hsts_max_age_s", 600)).await;
    let answer = shop.get("/problems").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=600");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_propagated_and_returned() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = shop
        .request("GET", "/api/v1/me")
        .bearer_auth(&shop.customer.1)
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = Answer::of(request).await;
    answer.expect(200);
    assert!(answer.header("traceparent").contains(trace), "{answer:?}");
    let passed_on = shop.services.calls::<GetMeRequest>()[0]
        .get("traceparent")
        .unwrap()
        .clone();
    assert!(passed_on.to_str().unwrap().contains(trace));
    let problem = shop
        .request("GET", "/nowhere")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    assert_eq!(
        Answer::of(problem).await.problem(404, "not-found")["trace_id"],
        trace
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    let answer = Answer::of(shop.request("HEAD", "/api/v1/products/coffee-one")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert!(!answer.header("etag").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn search_responses_are_compressed_on_request() {
    let shop = Shop::open().await;
    shop.services.on(|_: SearchProductsRequest| {
        let products = vec![product_summary(); 50];
        Ok(SearchProductsResponse {
            products,
            ..SearchProductsResponse::default()
        })
    });
    let request = shop
        .request("GET", "/api/v1/products")
        .header("Accept-Encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let compressed = response.bytes().await.unwrap().len();
    let plain = shop.get("/api/v1/products").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(compressed * 4 < plain.text.len());
}

async fn preflight(shop: &Shop, origin: &str) -> Answer {
    let request = shop
        .request("OPTIONS", "/api/v1/orders")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,idempotency-key",
        );
    Answer::of(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_is_off_unless_it_is_configured() {
    let shop = Shop::open().await;
    let answer = preflight(&shop, "https://shop.example").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_admits_the_configured_origins_only() {
    let origins = "https://shop.example, https://admin.example";
    let shop = Shop::open_with(|source| source.set("http.allowed_origins", origins)).await;
    let admitted = preflight(&shop, "https://shop.example").await;
    assert_eq!((admitted.status, admitted.text.as_str()), (200, ""));
    assert_eq!(
        admitted.header("access-control-allow-origin"),
        "https://shop.example"
    );
    let rejected = preflight(&shop, "https://evil.example").await;
    rejected.problem(400, "bad-request");
    assert_eq!(rejected.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_measured_by_route_not_by_path() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    shop.get("/api/v1/products/coffee-one").await.expect(200);
    shop.get("/no/such/url").await.problem(404, "not-found");
    let url = format!("{}/metrics", shop.gateway.admin_url());
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    let count = |labels: &str| {
        metrics.contains(&format!(
            "http_server_request_duration_seconds_count{{{labels}}}"
        ))
    };
    assert!(
        count(r#"method="GET",route="/api/v1/products/{product}",status="200""#),
        "{metrics}"
    );
    assert!(
        count(r#"method="other",route="none",status="404""#),
        "{metrics}"
    );
    assert!(!metrics.contains("coffee-one") && !metrics.contains("/no/such"));
}
