//! Texts that people write: what is stored, and what never reaches a parcel or a page.

use e2e::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_has_a_visible_recipient_and_an_address_of_its_country() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("CHAIR", 1).await;
    for (field, text) in [
        ("recipient", "\u{3164}\u{200b}"),
        ("recipient", "\u{202e}adA"),
        ("line1", "Hauptstr. 1\nfree of charge"),
        ("postal_code", "."),
        ("region", "\u{2800}"),
    ] {
        let mut address = json!({
            "recipient": "Test", "line1": "Hauptstr. 1", "city": "Berlin",
            "postal_code": "10115", "country": "DE"
        });
        address[field] = json!(text);
        let order = json!({"payment_method": "pm_card_visa", "shipping_address": address});
        let keyed = customer.clone().with_header("Idempotency-Key", "one");
        let answer = keyed.post("/orders", order).await;
        assert_eq!(answer.status, 422, "{field} {text:?}: {}", answer.body);
        let violated = answer.body.to_string();
        assert!(
            violated.contains(&format!("shipping_address.{field}")),
            "{violated}"
        );
    }
    assert_eq!(shop.count("order", "SELECT count(*) FROM orders").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_from_an_html_form_is_stored_with_plain_line_breaks() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let change = |description: &str, image: &str| {
        json!({
            "name": "Cafe\u{301}", "description": description,
            "images": [{"url": image, "alt": "A"}],
        })
    };
    let path = "/staff/products/CHAIR";
    let hidden = change("one", "/\\evil.example/a.png");
    let refused = staff.change(path, hidden).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let saved = change("one\r\n\ttwo\r\n", "/a.png");
    staff.change(path, saved).await.ok();
    let read = staff.get("/products/chair").await;
    assert_eq!(read["description"], "one\n\ttwo");
    assert_eq!(read["name"], "Caf\u{e9}");
}
