//! A customer who buys, cancels and requests refunds.

use e2e::Customer;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use super::canaries::*;
use super::visitor::Visitor;
use crate::observed::ObservedShop;

/// Returns the customer, signed in and with a filled cart.
pub(super) async fn buy_and_return(shop: &ObservedShop, canaries: &mut Canaries) -> Visitor {
    let mut visitor = Visitor::of(shop.url());
    sign_in_as_guest(&mut visitor, canaries).await;
    change_addresses(&visitor).await;
    send_invalid_checkouts(&visitor).await;

    let staff = shop.staff().await;
    let confirmed = buy(&visitor, "pm_card_visa", "confirmed").await;
    buy(&visitor, "pm_card_chargeDeclined", "rejected").await;
    let unknown = place(&visitor, METHOD, "unknown").await;
    wait_for_status(&visitor, &unknown, "rejected").await;
    let cancelled = buy(&visitor, "pm_card_visa", "confirmed").await;
    let path = format!("/orders/{cancelled}/cancellation");
    visitor.call(Method::POST, &path, json!({}), 202).await;
    wait_for_status(&visitor, &cancelled, "cancelled").await;
    request_refunds(&visitor, &staff, &confirmed).await;
    put_into_cart(&visitor).await;
    visitor.order = confirmed;
    visitor
}

async fn sign_in_as_guest(visitor: &mut Visitor, canaries: &mut Canaries) {
    let cart = put_into_cart(visitor).await;
    let guest = text(&cart["guest_token"]);
    canaries.add(&guest);
    let credentials = json!({"email": EMAIL, "password": PASSWORD});
    let request = visitor.request(Method::POST, "/api/v1/sessions");
    let request = request
        .header("Cart-Token", &guest)
        .json(credentials.clone());
    let session = request.expect(201).await;
    let old = text(&session["refresh_token"]);
    let refresh = json!({"refresh_token": old});
    let sessions = [
        session,
        visitor
            .call(Method::POST, "/sessions/refresh", refresh.clone(), 200)
            .await,
        // As after a lost response: the old token returns the same new one.
        visitor
            .call(Method::POST, "/sessions/refresh", refresh, 200)
            .await,
        visitor
            .call(Method::POST, "/sessions", credentials, 201)
            .await,
    ];
    assert_eq!(sessions[1]["refresh_token"], sessions[2]["refresh_token"]);
    for session in &sessions {
        canaries.add(&text(&session["refresh_token"]));
        let token = text(&session["access_token"]);
        canaries.add(token.rsplit('.').next().unwrap());
        visitor.token = token;
    }
}

fn address() -> Value {
    json!({
        "recipient": RECIPIENT, "line1": STREET, "line2": FLOOR, "city": CITY,
        "postal_code": POSTAL_CODE, "country": "NL",
    })
}

async fn change_addresses(visitor: &Visitor) {
    let kept = json!({"label": LABEL, "postal": address()});
    let kept = visitor.call(Method::POST, "/me/addresses", kept, 201).await;
    let path = format!("/me/addresses/{}", text(&kept["id"]));
    let mut wrong = vec![address(), address(), address()];
    wrong[0]["country"] = json!(COUNTRY);
    wrong[1]["city"] = json!(CITY.repeat(1_000));
    wrong[2]["line1"] = json!(format!("{STREET}\0"));
    for postal in wrong {
        let wrong = json!({"label": LABEL, "postal": postal});
        visitor.call(Method::PUT, &path, wrong.clone(), 422).await;
        visitor
            .call(Method::POST, "/me/addresses", wrong, 422)
            .await;
    }
    let better = json!({"label": LABEL, "postal": address()});
    visitor.call(Method::PUT, &path, better, 200).await;
    visitor
        .call(Method::GET, "/me/addresses", Value::Null, 200)
        .await;
    visitor.call(Method::DELETE, &path, Value::Null, 204).await;
    visitor.call(Method::DELETE, &path, Value::Null, 404).await;
}

async fn send_invalid_checkouts(visitor: &Visitor) {
    put_into_cart(visitor).await;
    let request = || visitor.request(Method::POST, "/api/v1/orders");
    let order = |change: &dyn Fn(&mut Value)| {
        let mut order = json!({"payment_method": "pm_card_visa", "shipping_address": address()});
        change(&mut order);
        order
    };
    let wrong = [
        order(&|order| order["payment_method"] = json!(format!("{METHOD} 4242"))),
        order(&|order| order["shipping_address"]["country"] = json!(COUNTRY)),
        order(&|order| order["shipping_address"]["city"] = json!(CITY.repeat(1_000))),
        order(&|order| order["shipping_address"]["recipient"] = json!(format!("{RECIPIENT}\0"))),
    ];
    for (number, wrong) in wrong.into_iter().enumerate() {
        let key = format!("{KEY}-wrong-{number}");
        request()
            .header("Idempotency-Key", &key)
            .json(wrong)
            .expect(422)
            .await;
    }
    let good = order(&|_| ());
    request().json(good.clone()).expect(400).await;
    let long = KEY.repeat(100);
    request()
        .header("Idempotency-Key", &long)
        .json(good)
        .expect(400)
        .await;
}

/// Places an order, then reuses its key with another address.
pub(super) async fn buy(visitor: &Visitor, card: &str, status: &str) -> String {
    let key = uuid::Uuid::now_v7().to_string();
    let order = place(visitor, card, &key).await;
    let mut other = json!({"payment_method": card, "shipping_address": address()});
    other["shipping_address"]["city"] = json!(format!("{CITY} West"));
    let request = visitor.request(Method::POST, "/api/v1/orders");
    let key = format!("{KEY}-{key}");
    request
        .header("Idempotency-Key", &key)
        .json(other)
        .expect(422)
        .await;
    wait_for_status(visitor, &order, status).await;
    order
}

async fn place(visitor: &Visitor, card: &str, key: &str) -> String {
    put_into_cart(visitor).await;
    let order = json!({"payment_method": card, "shipping_address": address()});
    let request = visitor.request(Method::POST, "/api/v1/orders");
    let key = format!("{KEY}-{key}");
    let order = request
        .header("Idempotency-Key", &key)
        .json(order)
        .expect(201)
        .await;
    text(&order["id"])
}

async fn wait_for_status(visitor: &Visitor, order: &str, status: &str) {
    let path = format!("/orders/{order}");
    eventually(&format!("{order} is {status}"), async || {
        let order = visitor.call(Method::GET, &path, Value::Null, 200).await;
        (order["status"] == status && order["in_progress"] == false).then_some(())
    })
    .await;
    let path = format!("/orders/{order}/timeline");
    visitor.call(Method::GET, &path, Value::Null, 200).await;
}

async fn request_refunds(visitor: &Visitor, staff: &Customer, order: &str) {
    staff.ship(order).await;
    wait_for_status(visitor, order, "shipped").await;
    let path = format!("/staff/orders/{order}/refunds");
    let cents = |units: i64| json!({"minor_units": units, "currency": "EUR"});
    for (key, units, status) in [
        ("one", 100, 202),
        ("one", 200, 422),
        ("two", 100_000_000, 409),
    ] {
        let refund = json!({"reason": format!("{REASON} {RECIPIENT}"), "amount": cents(units)});
        let key = format!("{KEY}-{key}");
        let staff = staff.clone().with_header("Idempotency-Key", &key);
        let answer = staff.post(&path, refund).await.status;
        assert!(answer == status || (400..500).contains(&answer), "{answer}");
    }
    let path = format!("/api/v1/orders/{order}/returns");
    let note = format!("{REASON} {RECIPIENT}");
    let lines = json!([{"sku": "RING", "quantity": 1}]);
    let request = visitor.request(Method::POST, &path);
    let request = request.header("Idempotency-Key", &format!("{KEY}-return"));
    let request = request.json(json!({"lines": lines, "reason": "other", "note": note}));
    request.expect(201).await;
    eventually("a refund has succeeded", async || {
        let path = format!("/orders/{order}");
        let order = visitor.call(Method::GET, &path, Value::Null, 200).await;
        let refunds = order["refunds"].as_array().cloned().unwrap_or_default();
        refunds
            .iter()
            .any(|refund| refund["status"] == "succeeded")
            .then_some(())
    })
    .await;
}

async fn put_into_cart(visitor: &Visitor) -> Value {
    let one = json!({"quantity": 1});
    visitor
        .call(Method::PUT, "/cart/items/RING", one, 200)
        .await
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}
