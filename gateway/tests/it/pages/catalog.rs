//! Home, lists and products.

use contracts::catalog::v1::*;
use tonic::{Code, Status};

use crate::{
    pages::browser::{Browser, category, shop, yen},
    samples::{product, product_summary, refusal},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_home_page_shows_departments_and_new_products() {
    let shop = shop().await;
    let page = Browser::new(&shop).open("/").await.text;
    for part in [
        "<link rel=\"canonical\" href=\"http://localhost:8080/\">",
        "href=\"/categories/tea\"",
        "href=\"/products/coffee-one\"",
        "\u{20ac}12.99",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_catalog_the_home_page_says_so() {
    let shop = shop().await;
    let down = || Status::unavailable("stopped");
    shop.services
        .on(move |_: ListCategoriesRequest| Err::<ListCategoriesResponse, _>(down()));
    shop.services
        .on(move |_: SearchProductsRequest| Err::<SearchProductsResponse, _>(down()));
    let page = Browser::new(&shop).open("/").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.contains("cannot be shown right now"), "{page:?}");
    let page = Browser::new(&shop).open("/categories/coffee").await;
    assert_eq!(page.status, 503, "{page:?}");
    assert!(page.text.contains("The shop is busy"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_markup_is_shown_as_text() {
    let shop = shop().await;
    let name = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(2)>";
    shop.services.on(move |_: GetProductRequest| {
        let mut product = product();
        let found = product.as_mut().unwrap();
        found.name = name.to_owned();
        found.description = name.to_owned();
        found.attributes = [(name.to_owned(), name.to_owned())].into();
        Ok(GetProductResponse { product })
    });
    shop.services.on(move |_: SearchProductsRequest| {
        let summary = ProductSummary {
            name: name.to_owned(),
            sku: "OTHER-1".to_owned(),
            ..product_summary()
        };
        Ok(SearchProductsResponse {
            products: vec![summary],
            corrected_query: name.to_owned(),
            ..SearchProductsResponse::default()
        })
    });
    shop.services.on(move |_: ListCategoriesRequest| {
        Ok(ListCategoriesResponse {
            categories: vec![category("coffee", name)],
        })
    });
    let browser = Browser::new(&shop);
    let search =
        "/search?q=%3C%2Fscript%3E%3Cscript%3Ealert(1)%3C/script%3E&attributes.%3Cb%3E=%3Cb%3E";
    for path in ["/", "/products/coffee-one", "/categories/coffee", search] {
        let page = browser.open(path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        for markup in ["<script>", "<img src=x", "<b>"] {
            assert!(
                !page.text.contains(markup),
                "{path} has {markup}: {}",
                page.text
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_described_for_search_engines() {
    let shop = shop().await;
    let page = Browser::new(&shop).open("/products/coffee-one").await.text;
    let (_, rest) = page
        .split_once("<script type=\"application/ld+json\">")
        .unwrap();
    let data = rest.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["@type"], "Product");
    assert_eq!(data["sku"], "COFFEE-1");
    assert_eq!(data["offers"]["price"], "12.99");
    assert_eq!(data["offers"]["priceCurrency"], "EUR");
    assert_eq!(data["offers"]["availability"], "https://schema.org/InStock");
    let url = "http://localhost:8080/products/coffee-one";
    assert_eq!(data["offers"]["url"], url);
    assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{url}\">")));
    assert!(page.contains("name=\"sku\" value=\"COFFEE-1\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_cannot_be_bought_has_no_form() {
    let shop = shop().await;
    shop.services.on(|_: GetProductRequest| {
        let mut product = product();
        let found = product.as_mut().unwrap();
        (found.available, found.price) = (0, yen(1_299));
        Ok(GetProductResponse { product })
    });
    let page = Browser::new(&shop).open("/products/coffee-one").await.text;
    assert!(page.contains("Sold out"), "{page}");
    assert!(page.contains("\u{a5}1,299"), "{page}");
    assert!(!page.contains("action=\"/cart/items\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_slug_leads_to_the_product() {
    let shop = shop().await;
    let page = Browser::new(&shop).open("/products/old-name").await;
    assert_eq!(
        (page.status, page.header("location")),
        (308, "/products/coffee-one")
    );
    // The API and the pages share the cache.
    let answer = shop.get("/api/v1/products/old-name").await;
    assert_eq!(answer.header("location"), "/api/v1/products/coffee-one");
    assert_eq!(shop.services.calls::<GetProductRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_passes_its_filters_on_and_offers_more() {
    let shop = shop().await;
    shop.services.on(|request: SearchProductsRequest| {
        assert_eq!(request.category, "coffee");
        assert_eq!(request.attributes["roast"], "dark");
        assert_eq!((request.min_price, request.max_price), (Some(1_000), None));
        assert_eq!(request.currency, "EUR");
        assert_eq!(request.sort(), Sort::PriceAscending);
        let value = |value: &str, count| FacetValue {
            value: value.to_owned(),
            count,
        };
        Ok(SearchProductsResponse {
            products: vec![product_summary()],
            next_page_token: "next".to_owned(),
            facets: vec![
                Facet {
                    name: "category".to_owned(),
                    values: vec![value("coffee", 31)],
                },
                Facet {
                    name: "attributes.origin".to_owned(),
                    values: vec![value("Peru & Chile", 3), value("Kenya", 1)],
                },
                Facet {
                    name: "attributes.roast".to_owned(),
                    values: vec![value("dark", 31)],
                },
            ],
            ..SearchProductsResponse::default()
        })
    });
    let path = "/categories/coffee?attributes.roast=dark&min_price=10&sort=price_ascending";
    let page = Browser::new(&shop).open(path).await;
    assert_eq!(page.status, 200, "{page:?}");
    let kept = "attributes.roast=dark&#38;min_price=10&#38;sort=price_ascending";
    for part in [
        "31 products",
        &format!("href=\"/categories/coffee?{kept}&#38;attributes.origin=Peru+%26+Chile\""),
        &format!("href=\"/categories/coffee?{kept}&#38;page_token=next\""),
        "href=\"/categories/coffee?min_price=10&#38;sort=price_ascending\" aria-current=\"true\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_to_a_later_page_leads_to_the_first() {
    let shop = shop().await;
    shop.services.on(|_: SearchProductsRequest| {
        let status = refusal(Code::InvalidArgument, "PAGE_TOKEN_INVALID", "old");
        Err::<SearchProductsResponse, _>(status)
    });
    for path in ["/search?q=tea", "/categories/coffee?q=tea"] {
        let page = Browser::new(&shop)
            .open(&format!("{path}&page_token=old"))
            .await;
        assert_eq!((page.status, page.header("location")), (303, path));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_results_says_what_to_do() {
    let shop = shop().await;
    shop.services.on(|request: SearchProductsRequest| {
        Ok(SearchProductsResponse {
            no_usable_word: request.query == "%",
            ..SearchProductsResponse::default()
        })
    });
    let browser = Browser::new(&shop);
    let page = browser.open("/search?q=xyz").await.text;
    assert!(
        page.contains("Nothing matches \u{201c}xyz\u{201d}"),
        "{page}"
    );
    assert!(page.contains("Try fewer or other words"), "{page}");
    assert!(page.contains("value=\"xyz\""), "{page}");
    let page = browser.open("/search?q=%25").await.text;
    assert!(page.contains("no word in it"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_are_data_for_the_script() {
    let shop = shop().await;
    let answer = shop.get("/search/suggestions?q=cof").await.expect(200);
    let expected = serde_json::json!({"items": [
        {"name": "Coffee One", "url": "/products/coffee-one", "hint": "\u{20ac}12.99"},
    ]});
    assert_eq!(answer, expected);
    let calls = shop.services.calls::<SearchProductsRequest>().len();
    let empty = shop.get("/search/suggestions?q=%20").await.expect(200);
    assert_eq!(empty, serde_json::json!({"items": []}));
    assert_eq!(shop.services.calls::<SearchProductsRequest>().len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn search_engines_get_a_map_without_private_pages() {
    let shop = shop().await;
    let map = shop.get("/sitemap.xml").await;
    assert_eq!(map.header("content-type"), "application/xml");
    for path in ["/", "/categories/coffee", "/products/coffee-one"] {
        let location = format!("<loc>http://localhost:8080{path}</loc>");
        assert!(map.text.contains(&location), "{path}: {}", map.text);
    }
    let robots = shop.get("/robots.txt").await.text;
    assert!(robots.contains("Disallow: /account\n"), "{robots}");
    assert!(
        robots.contains("Sitemap: http://localhost:8080/sitemap.xml"),
        "{robots}"
    );
}
