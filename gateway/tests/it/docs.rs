//! The pages under `/docs/`.

use contracts::catalog::v1::*;

use crate::shop::{Answer, Shop};

/// The texts between `before` and `after`.
fn all_between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split(after).next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_request_of_the_start_page_works_as_copied() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: SearchProductsRequest| Ok(SearchProductsResponse::default()));
    let page = shop.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let url = all_between(&page.text, "curl '", "'")[0];
    Answer::of(reqwest::Client::new().get(url))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_page_shows_the_public_host_and_no_markup_of_the_client() {
    let shop = Shop::open().await;
    let request = shop
        .request("GET", "/docs/")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "shop.example\"><script>");
    let page = Answer::of(request).await;
    assert!(page.text.contains("curl 'https://shop.example"));
    assert!(!page.text.contains("<script"), "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_the_start_page_resolves() {
    let shop = Shop::open().await;
    let page = shop.get("/docs/").await;
    let links = all_between(&page.text, "href=\"", "\"");
    assert!(links.contains(&"/docs/reference"), "{links:?}");
    for link in links {
        assert_eq!(shop.get(link).await.status, 200, "{link}");
    }
    let redirect = shop.get("/docs").await;
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (308, "/docs/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_loads_only_from_this_server() {
    let shop = Shop::open().await;
    let page = shop.get("/docs/reference").await;
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self';")
    );
    assert!(!page.text.contains("https://"), "{}", page.text);
    for file in all_between(&page.text, "src=\"", "\"") {
        let path = format!("/docs/{}", file.trim_start_matches("./"));
        assert_eq!(shop.get(&path).await.status, 200, "{path}");
    }
    let script = shop.get("/docs/swagger-initializer.js").await;
    assert!(script.text.contains("/openapi.json"), "{}", script.text);
}
