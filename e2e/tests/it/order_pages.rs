//! An order's page in one request: whole, and with parts missing while services are down.

use e2e::Shop;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_orders_page_has_all_parts() {
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 10).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let changed = json!({
        "slug": "desk-lamp", "name": "Desk lamp", "price": {"minor_units": 5_900, "currency": "EUR"},
        "images": [{"url": "/lamp.webp", "alt": "A lamp"}],
    });
    let staff = shop.staff().await;
    staff.change("/staff/products/LAMP", changed).await.ok();

    let page = customer.get(&format!("/orders/{order}/page")).await;
    assert_eq!(
        page["order"],
        customer.get(&format!("/orders/{order}")).await
    );
    assert_eq!(page["order"]["lines"][0]["name"], "Product LAMP");
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(page["payment"], payment);
    let timeline = customer.get(&format!("/orders/{order}/timeline")).await;
    assert_eq!(page["timeline"], timeline["items"]);
    assert_eq!(page["returns"], json!([]));
    assert_eq!(
        page["products"],
        json!([{
            "sku": "LAMP", "slug": "desk-lamp", "name": "Desk lamp",
            "price": {"minor_units": 5_900, "currency": "EUR"},
            "cover": {"url": "/lamp.webp", "alt": "A lamp"}, "available": 8, "archived": false,
        }])
    );
    assert_eq!(page["partial"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_lacks_only_the_parts_of_services_that_are_down() {
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 10).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("LAMP", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let path = format!("/orders/{order}/page");

    shop.payment.cut();
    let page = customer.get(&path).await;
    assert_eq!(page["payment"], Value::Null);
    assert_eq!(page["products"][0]["sku"], "LAMP");
    assert_eq!(
        page["partial"],
        json!([{"part": "payment", "reason": "unavailable"}])
    );

    shop.catalog.cut();
    let page = customer.get(&path).await;
    assert_eq!(page["order"]["status"], "confirmed");
    assert_eq!(page["timeline"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        (&page["payment"], &page["products"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        page["partial"],
        json!([
            {"part": "payment", "reason": "unavailable"},
            {"part": "products", "reason": "unavailable"},
        ])
    );

    shop.payment.restore();
    shop.catalog.restore();
    testkit::eventually("a complete page", async || {
        (customer.get(&path).await["partial"] == json!([])).then_some(())
    })
    .await;

    shop.order.cut();
    let answer = customer.try_get(&path).await;
    assert_eq!((answer.status, answer.problem()), (503, "unavailable"));
}
