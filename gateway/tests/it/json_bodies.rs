//! JSON bodies that do not fit their model.

use contracts::order::v1::{SetItemRequest, SetItemResponse};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    samples::{ID, cart, postal_json},
    shop::{Answer, Shop},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_missing_unknown_or_of_another_type_is_named() {
    let shop = Shop::open().await;
    let address = |postal: Value| json!({"label": "Home", "postal": postal});
    let mut number = postal_json();
    number["city"] = json!(7);
    let mut unknown = postal_json();
    unknown["planet"] = json!("Earth");
    let mut missing = postal_json();
    missing.as_object_mut().unwrap().remove("country");
    for (name, postal) in [("type", number), ("unknown", unknown), ("missing", missing)] {
        let answer = shop
            .as_customer("POST", "/api/v1/me/addresses", address(postal))
            .await;
        let document = answer.problem(422, "validation-failed");
        assert_json_snapshot!(format!("field_{name}"), document, {".trace_id" => "[trace]"});
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_not_accepted_for_an_object() {
    let shop = Shop::open().await;
    let answer = shop
        .send(
            "POST",
            "/api/v1/users",
            json!(["ada@example.com", "correct-horse", "Ada"]),
        )
        .await;
    answer.problem(400, "json-invalid");
    let postal = json!(["Ada", "Unter den Linden 1", "", "Berlin", "", "10117", "DE"]);
    let body = json!({"label": "Home", "postal": postal});
    let answer = shop.as_customer("POST", "/api/v1/me/addresses", body).await;
    let document = answer.problem(422, "validation-failed");
    assert_eq!(document["errors"][0]["field"], "postal");
    let image = json!({"sku": "A", "slug": "a", "name": "A", "category": "a",
        "price": {"minor_units": 1, "currency": "EUR"}, "images": [["/a.jpg", "A"]]});
    let answer = shop.as_staff("POST", "/api/v1/staff/products", image).await;
    let document = answer.problem(422, "validation-failed");
    assert_eq!(document["errors"][0]["field"], "images[0]");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integer_may_be_written_with_a_fraction_of_zero_or_an_exponent() {
    let shop = Shop::open().await;
    shop.services.on(|request: SetItemRequest| {
        assert_eq!(request.quantity, 2);
        Ok(SetItemResponse {
            cart: cart("token"),
        })
    });
    for quantity in ["2", "2.0", "2e0", "0.2E1"] {
        let request = shop
            .request("PUT", "/api/v1/cart/items/COFFEE-1")
            .header("Content-Type", "application/json")
            .body(format!("{{\"quantity\": {quantity}}}"));
        Answer::of(request).await.expect(200);
    }
}

/// A value of another type than `value`.
fn other_type(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Object(_) | Value::Array(_) => json!(1.5),
        _ => json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_a_body_never_shows_a_type_of_the_implementation() {
    let shop = Shop::open().await;
    let money = json!({"minor_units": 1, "currency": "EUR"});
    let id = ID;
    let bodies = [
        (
            "POST",
            "/api/v1/users".to_owned(),
            json!({"email": "a", "password": "b", "display_name": "c"}),
        ),
        (
            "POST",
            "/api/v1/sessions".to_owned(),
            json!({"email": "a", "password": "b"}),
        ),
        (
            "POST",
            "/api/v1/sessions/refresh".to_owned(),
            json!({"refresh_token": "a"}),
        ),
        (
            "POST",
            "/api/v1/me/addresses".to_owned(),
            json!({"label": "a", "postal": postal_json()}),
        ),
        (
            "PUT",
            "/api/v1/cart/items/A".to_owned(),
            json!({"quantity": 1}),
        ),
        (
            "PUT",
            "/api/v1/cart/discount".to_owned(),
            json!({"code": "a"}),
        ),
        (
            "POST",
            "/api/v1/cart/merge".to_owned(),
            json!({"guest_token": "a"}),
        ),
        (
            "POST",
            "/api/v1/staff/products".to_owned(),
            json!({"sku": "A", "slug": "a", "name": "a", "price": money, "category": "a",
                "attributes": {"a": "b"}, "images": [{"url": "/a", "alt": "a"}], "on_hand": 1}),
        ),
        (
            "POST",
            "/api/v1/staff/products/A/stock-adjustments".to_owned(),
            json!({"delta": 1, "reason": "a"}),
        ),
        (
            "POST",
            format!("/api/v1/staff/orders/{id}/shipment"),
            json!({"tracking_number": "a"}),
        ),
        (
            "POST",
            format!("/api/v1/staff/sagas/{id}/retry"),
            json!({"reason": "a"}),
        ),
    ];
    for (method, path, body) in bodies {
        let fields = body.as_object().unwrap();
        for (name, value) in fields {
            let mut wrong = fields.clone();
            wrong.insert(name.clone(), other_type(value));
            let answer = shop.as_staff(method, &path, Value::Object(wrong)).await;
            let document = answer.problem(422, "validation-failed");
            assert_eq!(document["errors"][0]["field"], *name, "{document}");
            assert_plain(&document);
            let mut unknown = fields.clone();
            unknown.insert("planet".to_owned(), json!("Earth"));
            let answer = shop.as_staff(method, &path, Value::Object(unknown)).await;
            assert_plain(&answer.problem(422, "validation-failed"));
        }
    }
}

/// Fails if a text contains a term of Rust or serde.
#[track_caller]
fn assert_plain(document: &Value) {
    let detail = document["detail"].as_str().unwrap();
    for term in [
        "u32",
        "u64",
        "i32",
        "i64",
        "usize",
        "struct",
        "enum",
        "variant",
        "map",
        "sequence",
        "invalid type",
        "invalid value",
        "floating point",
        "visitor",
        "EOF",
    ] {
        assert!(!detail.contains(term), "{document}");
    }
}
