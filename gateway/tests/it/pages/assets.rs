//! Files and pictures that browsers keep for good.

use crate::pages::browser::{Browser, shop};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The value of the first attribute that starts with `start`.
fn url(page: &str, start: &str) -> String {
    let (_, rest) = page.split_once(start).unwrap();
    let (rest, _) = rest.split_once('"').unwrap();
    format!("{}{rest}", start.rsplit('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_page_are_kept_for_good() {
    let shop = shop().await;
    let page = Browser::new(&shop).open("/").await.text;
    for (start, kind) in [
        (
            "rel=\"stylesheet\" href=\"/assets/",
            "text/css; charset=utf-8",
        ),
        (
            "type=\"module\" src=\"/assets/",
            "text/javascript; charset=utf-8",
        ),
        ("rel=\"icon\" href=\"/assets/", "image/svg+xml"),
    ] {
        let file = shop.get(&url(&page, start)).await;
        assert_eq!(file.status, 200, "{start}: {file:?}");
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("cache-control"), IMMUTABLE);
        assert!(!file.headers.contains_key("set-cookie"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_version_is_not_kept() {
    let shop = shop().await;
    let file = shop.get("/assets/shop.0000000000.css").await;
    assert_eq!(
        (file.status, file.header("cache-control")),
        (200, "no-store")
    );
    shop.get("/assets/other.0000000000.css")
        .await
        .problem(404, "not-found");
    shop.get("/assets/shop.css").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_without_a_photograph_has_a_drawing() {
    let shop = shop().await;
    let page = Browser::new(&shop).open("/products/coffee-one").await.text;
    let url = url(&page, "<img src=\"/art/");
    let picture = shop.get(&url).await;
    assert_eq!(picture.status, 200, "{url}: {picture:?}");
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert_eq!(picture.header("cache-control"), IMMUTABLE);
    assert!(picture.text.starts_with("<svg "), "{picture:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawing_has_a_valid_category_and_sku_and_the_current_version() {
    let shop = shop().await;
    for path in [
        "/art/0/coffee/COFFEE-1.svg",
        "/art/1/Coffee/COFFEE-1.svg",
        "/art/1/coffee%3Cscript%3E/COFFEE-1.svg",
        "/art/1/coffee/%3Cscript%3E.svg",
    ] {
        shop.get(path).await.problem(404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_finds_the_icon_on_its_own() {
    let shop = shop().await;
    let request = shop.request("GET", "/favicon.ico").send().await.unwrap();
    assert_eq!(request.status().as_u16(), 200);
    assert_eq!(request.headers()["content-type"], "image/x-icon");
}
