//! Requests during an outage of each component.

use e2e::Customer;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Behavior, Proxy, eventually};

use super::canaries::*;
use super::purchases;
use super::visitor::Visitor;
use crate::observed::ObservedShop;

pub(super) async fn call_during_every_outage(shop: &ObservedShop, visitor: &Visitor) {
    let proxies = &shop.proxies;
    // Once: a code of the second factor is accepted once.
    let staff = &shop.staff().await;
    without(&[&proxies.user_db, &proxies.order_db], staff, visitor).await;
    without(&[&proxies.catalog_db, &proxies.payment_db], staff, visitor).await;
    without(&[&proxies.user, &proxies.catalog], staff, visitor).await;
    without(&[&proxies.order, &proxies.payment], staff, visitor).await;
    let brokers = [
        &proxies.catalog_broker,
        &proxies.order_broker,
        &proxies.payment_broker,
        &proxies.user_broker,
    ];
    without(&brokers, staff, visitor).await;
    without(&[&proxies.redis, &proxies.provider], staff, visitor).await;
    shop.misbehave("fail", json!({"next": 2, "status": 500, "mode": "store"}))
        .await;
    shop.misbehave("lose", json!({"next": 2, "acts": true}))
        .await;
    call_everything(visitor).await;
    // A mail server that repeats the address in its rejection.
    let unknown = "550 5.1.1 <zqmail@zqdomain.example>: Zqname Zqfamily is unknown";
    shop.mail.set_behavior(Behavior::Reply("RCPT", unknown));
    purchases::buy(visitor, "pm_card_visa", "confirmed").await;
    shop.mail
        .wait_for_command("RCPT", shop.mail.mails().len() + 1)
        .await;
}

async fn without(proxies: &[&Proxy], staff: &Customer, visitor: &Visitor) {
    proxies.iter().for_each(|proxy| proxy.cut());
    call_everything(visitor).await;
    proxies.iter().for_each(|proxy| proxy.restore());
    eventually("everything works again", async || {
        let account = json!({"email": EMAIL, "password": PASSWORD, "display_name": NAME});
        let registered = post(visitor, "/users", account).await;
        let cart = visitor.request(Method::PUT, "/api/v1/cart/items/RING");
        let cart = cart.json(json!({"quantity": 1})).status().await;
        let ledger = staff.try_get("/staff/ledger/balances").await;
        (registered == 202 && cart == 200 && ledger.is_success()).then_some(())
    })
    .await;
}

/// Sends one request of each kind, and ignores the answers.
async fn call_everything(visitor: &Visitor) {
    let account = json!({"email": OTHER_EMAIL, "password": SHORT_PASSWORD, "display_name": NAME});
    let credentials = json!({"email": EMAIL, "password": PASSWORD});
    let postal = json!({
        "recipient": RECIPIENT, "line1": STREET, "line2": FLOOR, "city": CITY,
        "postal_code": POSTAL_CODE, "country": "NL",
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
    visitor.request(Method::GET, &search).status().await;
    let cart = visitor.request(Method::PUT, "/api/v1/cart/items/RING");
    cart.json(json!({"quantity": 1})).status().await;
    post(visitor, "/cart/discount", json!({"code": CODE})).await;
    let order = json!({"payment_method": "pm_card_visa", "shipping_address": postal});
    let key = format!("{KEY}-{}", uuid::Uuid::now_v7());
    let request = visitor.request(Method::POST, "/api/v1/orders");
    request
        .header("Idempotency-Key", &key)
        .json(order)
        .status()
        .await;
    let event = json!({"id": WEBHOOK, "type": WEBHOOK}).to_string();
    let webhook = visitor.request(Method::POST, "/webhooks/stripe");
    webhook
        .header("Stripe-Signature", SIGNATURE)
        .text(event)
        .status()
        .await;
}

async fn post(visitor: &Visitor, path: &str, body: Value) -> u16 {
    let path = format!("/api/v1{path}");
    visitor
        .request(Method::POST, &path)
        .json(body)
        .status()
        .await
}
