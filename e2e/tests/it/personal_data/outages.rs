//! Whatever can be away is away, and the customer goes on asking.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Manner, Proxy, eventually};

use super::planted::*;
use super::purchases;
use super::visitor::Visitor;
use crate::watched::Watched;

pub(super) async fn customer_meets_every_outage(shop: &Watched, visitor: &Visitor) {
    let ways = &shop.ways;
    without(&[&ways.user_db, &ways.order_db], shop, visitor).await;
    without(&[&ways.catalog_db, &ways.payment_db], shop, visitor).await;
    without(&[&ways.user, &ways.catalog], shop, visitor).await;
    without(&[&ways.order, &ways.payment], shop, visitor).await;
    let brokers = [
        &ways.catalog_broker,
        &ways.order_broker,
        &ways.payment_broker,
        &ways.user_broker,
    ];
    without(&brokers, shop, visitor).await;
    without(&[&ways.redis, &ways.provider], shop, visitor).await;
    shop.misbehave("fail", json!({"next": 2, "status": 500, "mode": "store"}))
        .await;
    shop.misbehave("lose", json!({"next": 2, "acts": true}))
        .await;
    asks_for_everything(visitor).await;
    // A mail server that says whom it does not know.
    let unknown = "550 5.1.1 <zqmail@zqdomain.example>: Zqname Zqfamily is unknown";
    shop.mail.behave(Manner::Says("RCPT", unknown));
    purchases::buys(visitor, "pm_card_visa", "confirmed").await;
    shop.mail
        .was_asked("RCPT", shop.mail.mails().len() + 1)
        .await;
}

async fn without(ways: &[&Proxy], shop: &Watched, visitor: &Visitor) {
    ways.iter().for_each(|way| way.cut());
    asks_for_everything(visitor).await;
    ways.iter().for_each(|way| way.restore());
    eventually("everything works again", async || {
        let account = json!({"email": EMAIL, "password": PASSWORD, "display_name": NAME});
        let taken = post(visitor, "/users", account).await;
        let cart = visitor.ask(Method::PUT, "/api/v1/cart/items/RING");
        let cart = cart.json(json!({"quantity": 1})).whatever().await;
        let ledger = shop
            .staff_or_none()
            .await?
            .get_answer("/ledger/balances")
            .await;
        (taken == 409 && cart == 200 && ledger.is_success()).then_some(())
    })
    .await;
}

/// Whatever the answers are.
async fn asks_for_everything(visitor: &Visitor) {
    let account = json!({"email": OTHER_EMAIL, "password": SHORT_PASSWORD, "display_name": NAME});
    let credentials = json!({"email": EMAIL, "password": PASSWORD});
    let postal = json!({
        "recipient": RECIPIENT, "line1": STREET, "line2": FLOOR, "city": CITY,
        "postal_code": POSTAL_CODE, "country": "DE",
    });
    post(visitor, "/users", account).await;
    post(visitor, "/sessions", credentials).await;
    post(
        visitor,
        "/sessions/refresh",
        json!({"refresh_token": TOKEN}),
    )
    .await;
    let address = json!({"label": LABEL, "postal": postal});
    post(visitor, "/me/addresses", address).await;
    let search = format!("/api/v1/products?q={SEARCH}");
    visitor.ask(Method::GET, &search).whatever().await;
    let cart = visitor.ask(Method::PUT, "/api/v1/cart/items/RING");
    cart.json(json!({"quantity": 1})).whatever().await;
    post(visitor, "/cart/discount", json!({"code": CODE})).await;
    let order = json!({"payment_method": "pm_card_visa", "shipping_address": postal});
    let key = format!("{KEY}-{}", uuid::Uuid::now_v7());
    let ask = visitor.ask(Method::POST, "/api/v1/orders");
    ask.header("Idempotency-Key", &key)
        .json(order)
        .whatever()
        .await;
    let event = json!({"id": WEBHOOK, "type": WEBHOOK}).to_string();
    let webhook = visitor.ask(Method::POST, "/webhooks/stripe");
    webhook
        .header("Stripe-Signature", SIGNATURE)
        .text(event)
        .whatever()
        .await;
}

async fn post(visitor: &Visitor, path: &str, body: Value) -> u16 {
    let path = format!("/api/v1{path}");
    visitor.ask(Method::POST, &path).json(body).whatever().await
}
