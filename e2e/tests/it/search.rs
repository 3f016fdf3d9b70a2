//! Searches of customers, from the URL to the database.

use e2e::{Customer, Shop};
use serde_json::{Value, json};

/// The SKUs of a page.
fn skus(page: &Value) -> Vec<&str> {
    let products = page["items"].as_array().expect("products");
    products
        .iter()
        .filter_map(|it| it["sku"].as_str())
        .collect()
}

async fn search(guest: &Customer, text: &str) -> Value {
    let mut url = reqwest::Url::parse("http://shop/products").expect("a URL");
    url.query_pairs_mut().append_pair("q", text);
    let query = url.query().unwrap_or_default();
    guest.get(&format!("/products?{query}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_demo_product_is_found_by_its_name_and_its_sku() {
    let shop = Shop::open().await;
    shop.demo_catalog().await;
    let guest = shop.guest();
    let mut path = "/products?page_size=100".to_owned();
    let mut products: Vec<(String, String)> = Vec::new();
    loop {
        let page = guest.get(&path).await;
        for product in page["items"].as_array().expect("products") {
            let text = |key: &str| product[key].as_str().expect("a text").to_owned();
            products.push((text("sku"), text("name")));
        }
        let Some(token) = page["next_page_token"].as_str() else {
            break;
        };
        path = format!("/products?page_size=100&page_token={token}");
    }
    assert!(products.len() > 100, "{}", products.len());
    for (sku, name) in &products {
        for text in [name.as_str(), sku, &sku.to_lowercase()] {
            let page = search(&guest, text).await;
            assert_eq!(skus(&page).first(), Some(&sku.as_str()), "{text}: {page}");
        }
        let letters = name.replace(|c: char| c.is_ascii_punctuation(), "");
        let page = search(&guest, &letters).await;
        assert_eq!(skus(&page).first(), Some(&sku.as_str()), "{letters}");
    }

    for text in ["%", "!", "\u{1f600}", "the"] {
        let page = search(&guest, text).await;
        assert_eq!(page["items"], json!([]), "{text}");
        assert_eq!(page["no_usable_word"], true, "{text}");
    }
    for blank in ["", " "] {
        let page = search(&guest, blank).await;
        assert_eq!(skus(&page).len(), 20);
        assert_eq!(page.get("no_usable_word"), None);
    }
}
