//! Errors, for people and for programs.

use contracts::catalog::v1::*;
use tonic::Code;

use crate::{
    pages::browser::{Browser, shop, shop_with},
    samples::refusal,
    shop::Answer,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_does_not_exist_helps_to_go_on() {
    let shop = shop().await;
    let browser = Browser::new(&shop);
    for (path, title) in [
        ("/nothing", "This page does not exist"),
        ("/categories/nothing", "We could not find this category"),
        ("/products/%3Cb%3E", "We could not find this product"),
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.status, 404, "{path}: {page:?}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-store");
        let csp = page.header("content-security-policy");
        assert!(csp.contains("style-src 'self'"), "{csp}");
        assert!(page.text.contains(title), "{path}: {page:?}");
        assert!(page.text.contains("href=\"/\""), "{path}: {page:?}");
        assert!(!page.text.contains("<b>"), "{path}: {page:?}");
        let trace = page.header("traceparent").split('-').nth(1).unwrap();
        assert!(page.text.contains(trace), "{path}: {page:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_the_problem_as_json() {
    let shop = shop().await;
    shop.get("/nothing").await.problem(404, "not-found");
    let browser = Browser::new(&shop);
    browser
        .open("/api/v1/nothing")
        .await
        .problem(404, "not-found");
    browser
        .open("/api/v1/me")
        .await
        .problem(401, "token-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_method_and_a_bad_path_are_pages_too() {
    let shop = shop().await;
    let browser = Browser::new(&shop);
    let page = browser.open("/cart/items").await;
    assert_eq!((page.status, page.header("allow")), (405, "POST"));
    assert!(page.text.starts_with("<!doctype html>"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_that_nothing_is_lost() {
    let shop = shop().await;
    shop.services.on(|_: GetProductRequest| {
        Err::<GetProductResponse, _>(refusal(Code::Internal, "", "SELECT secret"))
    });
    let page = Browser::new(&shop).open("/products/other").await;
    assert_eq!(page.status, 500, "{page:?}");
    assert!(
        page.text.contains("Your cart and your orders are safe"),
        "{page:?}"
    );
    assert!(!page.text.contains("secret"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_over_the_limit_is_asked_to_wait() {
    let shop = shop_with(|source| {
        let mut source = source
            .set("rate_limit.enabled", true)
            .set("rate_limit.redis_url", "redis://127.0.0.1:1");
        for whom in ["per_ip", "per_user"] {
            source = source
                .set(&format!("rate_limit.identity.{whom}.per_minute"), 1)
                .set(&format!("rate_limit.identity.{whom}.burst"), 1);
        }
        source
    })
    .await;
    let browser = Browser::new(&shop);
    browser.open("/sign-in").await;
    browser.submit("/sign-in", &[("email", "a")]).await;
    let page = browser.submit("/sign-in", &[("email", "a")]).await;
    assert_eq!(page.status, 429, "{page:?}");
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(page.text.contains("One moment, please"), "{page:?}");
    assert!(page.text.contains("Try again in"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_redirect_target_is_not_followed() {
    let shop = shop().await;
    let browser = Browser::new(&shop);
    let page: Answer = browser.open("/sign-in?next=//evil.example").await;
    assert!(page.text.contains("name=\"next\" value=\"/\""), "{page:?}");
}
