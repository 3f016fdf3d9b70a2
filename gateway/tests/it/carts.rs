use contracts::order::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    samples::{cart, excluded},
    shop::{Answer, Shop},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_gets_a_token_and_keeps_it() {
    let shop = Shop::open().await;
    shop.services.on(|request: SetItemRequest| {
        let token = if request.guest_token.is_empty() {
            "guest-1"
        } else {
            &request.guest_token
        };
        assert_eq!((request.sku.as_str(), request.quantity), ("COFFEE-1", 2));
        Ok(SetItemResponse { cart: cart(token) })
    });
    let path = "/api/v1/cart/items/COFFEE-1";
    let first = shop.send("PUT", path, json!({"quantity": 2})).await;
    assert_json_snapshot!(first.expect(200));
    assert_eq!(first.header("cart-token"), "guest-1");
    let again = shop
        .request("PUT", path)
        .header("Cart-Token", "guest-7")
        .json(&json!({"quantity": 2}));
    assert_eq!(
        Answer::of(again).await.expect(200)["guest_token"],
        "guest-7"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_is_read_for_a_destination() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetCartRequest| {
        assert_eq!(
            (request.guest_token.as_str(), request.country.as_str()),
            ("guest-1", "DE")
        );
        Ok(GetCartResponse {
            cart: cart("guest-1"),
        })
    });
    let request = shop
        .request("GET", "/api/v1/cart?country=DE")
        .header("Cart-Token", "guest-1");
    let answer = Answer::of(request).await;
    assert_eq!(answer.expect(200)["totals"]["total"]["minor_units"], 3_674);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_cart_has_no_token() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetCartRequest| Ok(GetCartResponse { cart: cart("") }));
    let answer = shop.as_customer("GET", "/api/v1/cart", Value::Null).await;
    assert!(answer.expect(200).get("guest_token").is_none());
    assert_eq!(answer.header("cart-token"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_cart_has_no_totals() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetCartRequest| {
        Ok(GetCartResponse {
            cart: Some(Cart::default()),
        })
    });
    let answer = shop.get("/api/v1/cart").await;
    assert_eq!(answer.expect(200), json!({"lines": [], "unsellable": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_line_sets_its_quantity_to_zero() {
    let shop = Shop::open().await;
    shop.services.on(|request: SetItemRequest| {
        assert_eq!((request.sku.as_str(), request.quantity), ("COFFEE-1", 0));
        Ok(SetItemResponse { cart: cart("") })
    });
    shop.as_customer("DELETE", "/api/v1/cart/items/COFFEE-1", Value::Null)
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_is_set_and_removed() {
    let shop = Shop::open().await;
    shop.services.on(|request: SetDiscountRequest| {
        let discount_code = request.code;
        Ok(SetDiscountResponse {
            cart: cart("").map(|cart| Cart {
                discount_code,
                ..cart
            }),
        })
    });
    let path = "/api/v1/cart/discount";
    let used = shop
        .as_customer("PUT", path, json!({"code": "WELCOME10"}))
        .await;
    assert_eq!(used.expect(200)["discount_code"], "WELCOME10");
    let removed = shop.as_customer("DELETE", path, Value::Null).await;
    assert!(removed.expect(200).get("discount_code").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_is_merged_on_request() {
    let shop = Shop::open().await;
    shop.services.on(|request: MergeCartRequest| {
        assert_eq!(request.guest_token, "guest-1");
        Ok(MergeCartResponse {
            cart: cart(""),
            moved_units: 2,
            left: vec![excluded("TEA-1", 201, LineReason::LineFull)],
        })
    });
    let answer = shop
        .as_customer(
            "POST",
            "/api/v1/cart/merge",
            json!({"guest_token": "guest-1"}),
        )
        .await;
    let merged = answer.expect(200);
    assert_eq!(merged["lines"][0]["sku"], "COFFEE-1");
    assert_eq!(merged["merged"], true);
    let left = json!([{"sku": "TEA-1", "quantity": 201, "reason": "line_full"}]);
    assert_eq!(merged["left"], left);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_cart_token_is_rejected() {
    let shop = Shop::open().await;
    for token in ["two words", &"x".repeat(256)] {
        let request = shop
            .request("GET", "/api/v1/cart")
            .header("Cart-Token", token);
        let problem = Answer::of(request).await.problem(400, "header-invalid");
        assert_eq!(problem["errors"][0]["field"], "Cart-Token");
    }
}
