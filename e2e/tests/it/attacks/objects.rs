//! What belongs to others, and fields that are not for clients to set.

use serde_json::{Value, json};

use super::hostile::{self, NOTHING, open, rows_with_a_body, staff_token};

#[tokio::test(flavor = "multi_thread")]
async fn every_body_refuses_fields_that_are_not_for_clients() {
    let (shop, key) = open().await;
    let token = staff_token(&key);
    for (row, schema) in rows_with_a_body() {
        for (field, value) in [
            ("user_id", json!(NOTHING)),
            ("created_at", json!("1999-12-31T23:59:59Z")),
            ("total", json!({"minor_units": 1, "currency": "EUR"})),
            ("is_admin", json!(true)),
            ("__proto__", json!({"role": "staff"})),
        ] {
            if schema["properties"].get(field).is_some() {
                continue;
            }
            let request = hostile::request(&shop, row, NOTHING).bearer_auth(&token);
            let answer = request.json(&json!({ field: value })).send().await;
            let answer = answer.unwrap();
            let status = answer.status().as_u16();
            let problem: Value = answer.json().await.unwrap();
            // A patch is read together with what it changes, and here that does not exist. The gateway's own tests
            // (`changes.rs`) try the members of a patch.
            if status == 404 && row.method == "PATCH" {
                continue;
            }
            assert_eq!(
                (status, &problem["type"]),
                (422, &json!("/problems/validation-failed")),
                "{row:?} with {field}: {problem}"
            );
            assert_eq!(problem["errors"][0]["field"], field, "{row:?}: {problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_as_staff() {
    let (shop, _) = open().await;
    for (field, value) in [
        ("role", json!("staff")),
        ("groups", json!(["admin"])),
        ("id", json!(NOTHING)),
        ("verified", json!(true)),
    ] {
        let mut account = json!({
            "email": "mallory@example.com", "password": "a password of mallory", "display_name": "M",
        });
        account[field] = value;
        let answer = shop.guest().post("/users", account).await;
        let expected = (422, "validation-failed");
        assert_eq!((answer.status, answer.problem()), expected, "{field}");
        assert_eq!(answer.text("/errors/0/field"), field, "{}", answer.body);
    }
    let accounts = "SELECT count(*) FROM users WHERE email = 'mallory@example.com'";
    assert_eq!(shop.count("user", accounts).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_is_the_catalogs_whatever_the_client_sends() {
    let (shop, _) = open().await;
    shop.product("SAFE", 10_000, 5).await;
    let mut customer = shop.customer().await;
    let cent = json!({"minor_units": 1, "currency": "EUR"});
    for field in ["price", "unit_price", "line_total", "name", "discount"] {
        let answer = customer
            .set_item("SAFE", json!({"quantity": 1, field: cent.clone()}))
            .await;
        assert_eq!(
            (answer.status, answer.problem()),
            (422, "validation-failed")
        );
        assert_eq!(answer.text("/errors/0/field"), field, "{}", answer.body);
    }
    customer.put_into_cart("SAFE", 1).await;
    let order = json!({"payment_method": "pm_card_visa", "shipping_address": {
        "recipient": "Test", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE"
    }});
    for (field, value) in [
        ("total", cent.clone()),
        ("totals", json!({"total": cent.clone()})),
        (
            "lines",
            json!([{"sku": "SAFE", "quantity": 1, "price": cent.clone()}]),
        ),
        ("currency", json!("JPY")),
        ("status", json!("confirmed")),
        ("user_id", json!(NOTHING)),
        ("shipping", cent.clone()),
    ] {
        let mut order = order.clone();
        order[field] = value;
        let keyed = customer.clone().with_header("Idempotency-Key", field);
        let answer = keyed.post("/orders", order).await;
        assert_eq!(
            (answer.status, answer.problem()),
            (422, "validation-failed")
        );
        assert_eq!(answer.text("/errors/0/field"), field, "{}", answer.body);
    }
    assert_eq!(shop.count("order", "SELECT count(*) FROM orders").await, 0);
    let keyed = customer.clone().with_header("Idempotency-Key", "honest");
    let placed = keyed.post("/orders", order).await.ok();
    let line = &placed["lines"][0];
    assert_eq!(line["unit_price"]["minor_units"], 10_000, "{placed}");
    assert!(placed["totals"]["total"]["minor_units"].as_i64() >= Some(10_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cart_of_another_guest_cannot_be_guessed_or_altered() {
    let (shop, _) = open().await;
    shop.product("LAMP", 1_000, 5).await;
    let mut owner = shop.guest();
    let cart = owner.put_into_cart("LAMP", 2).await;
    let token = cart["guest_token"].as_str().unwrap().to_owned();
    let mut altered = token.clone().into_bytes();
    let last = altered.last_mut().unwrap();
    *last = if *last == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let longer = format!("{token}A");
    for guess in [
        altered.as_str(),
        &token[..token.len() / 2],
        &longer,
        NOTHING,
        "1",
    ] {
        let thief = shop.guest().with_header("Cart-Token", guess);
        let answer = thief.try_get("/cart").await;
        assert!(answer.status < 500, "{guess}: {}", answer.body);
        assert!(
            !answer.body.to_string().contains("LAMP"),
            "{guess}: {}",
            answer.body
        );
        let change = thief.set_item("LAMP", json!({"quantity": 5})).await;
        assert!(change.status < 500, "{guess}: {}", change.body);
    }
    let nobody = shop.guest().get("/cart").await;
    assert!(!nobody.to_string().contains("LAMP"), "{nobody}");
    let mine = owner.get("/cart").await;
    assert_eq!(mine["lines"][0]["quantity"], 2, "{mine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_customer_cannot_be_used() {
    let (shop, _) = open().await;
    let (owner, thief) = (shop.customer().await, shop.customer().await);
    let address = json!({"label": "Home", "postal": {
        "recipient": "Owner", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE"
    }});
    let created = owner.post("/me/addresses", address.clone()).await.ok();
    let path = format!("/me/addresses/{}", created["id"].as_str().unwrap());
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE] {
        let body = (method == reqwest::Method::PUT).then(|| address.clone());
        let answer = thief.call(method, &path, body).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    let mine = owner.get("/me/addresses").await;
    assert_eq!(mine["items"][0]["label"], "Home", "{mine}");
    let theirs = thief.get("/me/addresses").await;
    assert_eq!(theirs["items"], json!([]));
}
