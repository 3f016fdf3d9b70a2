//! Products and categories as staff change them and as customers see them.

use e2e::Shop;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_products_with_long_descriptions_is_answered() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let product = staff.get("/products/chair").await;
    let new = |number: usize, characters: usize| {
        json!({
            "sku": format!("LONG-{number}"), "slug": format!("long-{number}"), "name": "Long",
            "description": "\u{1F600}".repeat(characters), "price": product["price"],
            "category": product["category"], "on_hand": 1,
            "attributes": {"a": "\u{1F600}".repeat(200), "b": "\u{1F600}".repeat(200)},
            "images": (0..10).map(|image| json!({
                "url": format!("/{image}"), "alt": "\u{1F600}".repeat(200)
            })).collect::<Vec<_>>(),
        })
    };
    let too_long = staff.post("/staff/products", new(0, 5_000 + 1)).await;
    assert_eq!(too_long.problem(), "validation-failed");
    // 20,000 bytes of the description, 8,000 of the images and 1,600 of the attributes.
    for number in 0..75 {
        staff.post("/staff/products", new(number, 5_000)).await.ok();
    }
    let page = shop.guest().get("/products?page_size=100").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 76);
    assert_eq!(page["items"][0]["cover"]["url"], "/0");
    assert_eq!(page["items"][0].get("description"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_product_is_restored_and_sold() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    staff
        .call(Method::DELETE, "/staff/products/CHAIR", None)
        .await
        .ok();
    let mut customer = shop.customer().await;
    let gone = customer.try_get("/products/chair").await;
    assert_eq!(gone.problem(), "product-not-found");
    let archived = staff.get("/staff/products?state=archived").await;
    assert_eq!(archived["items"][0]["sku"], "CHAIR");
    let read = staff.get("/staff/products/CHAIR").await;
    assert_eq!(read["archived"], true);
    let stranger = customer.try_get("/staff/products").await;
    assert_eq!(stranger.status, 403, "{}", stranger.body);

    staff
        .call(Method::POST, "/staff/products/CHAIR/restoration", None)
        .await
        .ok();
    let order = customer.buy("CHAIR", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_leads_to_the_renamed_product() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let change = json!({"slug": "armchair"});
    staff.change("/staff/products/CHAIR", change).await.ok();
    // The client follows the redirect.
    let found = shop.guest().get("/products/chair").await;
    assert_eq!(
        (&found["sku"], &found["slug"]),
        (&json!("CHAIR"), &json!("armchair"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_in_a_currency_of_the_shop() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    for currency in ["JPY", "XXX", "XAU"] {
        let change = json!({"price": {"currency": currency}});
        let refused = staff.change("/staff/products/CHAIR", change).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["field"], "price.currency");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_filtered_and_sorted_by_price_in_one_currency() {
    let shop = Shop::open_with(&[("catalog", "prices.currencies", "EUR,JPY")]).await;
    shop.product("CHAIR", 1_000, 10).await;
    shop.product("TABLE", 9_000, 10).await;
    let staff = shop.staff().await;
    let change = json!({"price": {"minor_units": 500, "currency": "JPY"}});
    staff.change("/staff/products/TABLE", change).await.ok();
    let guest = shop.guest();
    for (query, found) in [
        ("", vec!["TABLE", "CHAIR"]),
        ("?sort=price_ascending", vec!["CHAIR"]),
        ("?max_price=700", vec![]),
        ("?max_price=700&currency=JPY", vec!["TABLE"]),
        ("?sort=price_descending&currency=JPY", vec!["TABLE"]),
    ] {
        let page = guest.get(&format!("/products{query}")).await;
        let products = page["items"].as_array().unwrap();
        let skus: Vec<&Value> = products.iter().map(|product| &product["sku"]).collect();
        assert_eq!(skus, found, "{query}");
    }
    let refused = guest.try_get("/products?currency=USD").await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body["errors"][0]["field"], "currency");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_changed_and_deleted_when_it_is_empty() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let category = staff.get("/products/chair").await["category"].clone();
    let path = format!("/staff/categories/{}", category.as_str().unwrap());
    let full = staff.call(Method::DELETE, &path, None).await;
    assert_eq!((full.status, full.problem()), (409, "category-not-empty"));

    let new = json!({"slug": "sofas", "name": "Sofas", "position": 1});
    staff.post("/staff/categories", new).await.ok();
    let change = json!({"slug": "couches", "name": "Couches", "position": 0});
    let changed = staff.change("/staff/categories/sofas", change).await;
    assert_eq!(changed.ok()["slug"], "couches");
    staff
        .call(Method::DELETE, "/staff/categories/couches", None)
        .await
        .ok();
    let listed = shop.guest().get("/categories").await;
    assert!(!listed.to_string().contains("couches"), "{listed}");
}
