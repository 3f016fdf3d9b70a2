//! A customer who makes every possible mistake.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::canaries::*;
use super::secrets::WEBHOOK_SECRET;
use super::visitor::Visitor;
use crate::observed::ObservedShop;

pub(super) async fn make_every_mistake(shop: &ObservedShop) {
    let visitor = Visitor::of(shop.url());
    register(&visitor).await;
    sign_in(&visitor).await;
    browse(&visitor).await;
    fill_cart(&visitor).await;
    send_malformed_bodies(&visitor).await;
    send_webhooks(&visitor).await;
}

async fn register(visitor: &Visitor) {
    let account = |email: &str, password: &str, name: &str| json!({"email": email, "password": password, "display_name": name});
    let wrong = [
        account(NO_EMAIL, PASSWORD, NAME),
        account(OTHER_EMAIL, SHORT_PASSWORD, NAME),
        account(OTHER_EMAIL, PASSWORD, &NAME.repeat(2_000)),
        account(OTHER_EMAIL, PASSWORD, &format!("{NAME}\0")),
        account(&format!("{NAME}\0{OTHER_EMAIL}"), PASSWORD, NAME),
    ];
    for account in wrong {
        visitor.call(Method::POST, "/users", account, 422).await;
    }
    let good = account(EMAIL, PASSWORD, NAME);
    visitor
        .call(Method::POST, "/users", good.clone(), 202)
        .await;
    visitor.call(Method::POST, "/users", good, 202).await;
}

async fn sign_in(visitor: &Visitor) {
    for (email, password) in [(EMAIL, WRONG_PASSWORD), (OTHER_EMAIL, PASSWORD)] {
        let credentials = json!({"email": email, "password": password});
        visitor
            .call(Method::POST, "/sessions", credentials, 401)
            .await;
    }
    let token = json!({"refresh_token": TOKEN});
    visitor
        .call(Method::POST, "/sessions/refresh", token.clone(), 401)
        .await;
    visitor
        .call(Method::POST, "/sessions/revocation", token, 204)
        .await;
    let mut forger = visitor.clone();
    let unsigned = format!("{TOKEN}.{TOKEN}.{TOKEN}");
    let unknown_key =
        "eyJhbGciOiJFZERTQSIsImtpZCI6InpxdG9rZW4ifQ.eyJzdWIiOiJ6cXRva2VuIn0.enF0b2tlbg";
    for token in [TOKEN, &unsigned, unknown_key] {
        token.clone_into(&mut forger.token);
        forger.call(Method::GET, "/me", Value::Null, 401).await;
    }
}

async fn browse(visitor: &Visitor) {
    let found = format!("/products?q={SEARCH}");
    visitor.call(Method::GET, &found, Value::Null, 200).await;
    for wrong in [
        format!("/products?q={}", SEARCH.repeat(200)),
        format!("/products?q={SEARCH}%00"),
        format!("/products?{PARAMETER}={PARAMETER}"),
        format!("/products?page_token={PARAMETER}"),
        format!("/products?category={PARAMETER}%00"),
        format!("/cart?country={PARAMETER}"),
    ] {
        let path = format!("/api/v1{wrong}");
        let answer = visitor.request(Method::GET, &path).status().await;
        assert!(
            (400..500).contains(&answer) || answer == 200,
            "{wrong}: {answer}"
        );
    }
}

async fn fill_cart(visitor: &Visitor) {
    let path = "/api/v1/cart/items/RING";
    let one = || json!({"quantity": 1});
    let with = |token: &str| {
        visitor
            .request(Method::PUT, path)
            .header("Cart-Token", token)
    };
    let cart = with(TOKEN).json(one()).status().await;
    assert!(cart < 500, "{cart}");
    with(&TOKEN.repeat(100)).json(one()).expect(400).await;
    for code in [CODE.to_owned(), CODE.repeat(100), format!("{CODE}\0")] {
        let code = json!({"code": code});
        let request = visitor.request(Method::PUT, "/api/v1/cart/discount");
        let answer = request.json(code).status().await;
        assert!((400..500).contains(&answer), "{answer}");
    }
}

async fn send_malformed_bodies(visitor: &Visitor) {
    let bodies = [
        format!("{{\"email\": \"{MALFORMED}"),
        format!("{{\"email\": {{\"{MALFORMED}\": \"{MALFORMED}\"}}}}"),
        format!("{{\"email\": [\"{MALFORMED}\"], \"password\": \"{MALFORMED}\"}}"),
        format!("{{\"{FIELD}\": \"{MALFORMED}\"}}"),
        format!("{MALFORMED}=1"),
        MALFORMED.repeat(20_000),
    ];
    for path in [
        "/api/v1/users",
        "/api/v1/sessions",
        "/api/v1/sessions/refresh",
    ] {
        for body in &bodies {
            let answer = visitor
                .request(Method::POST, path)
                .text(body)
                .status()
                .await;
            assert!((400..500).contains(&answer), "{path}: {answer}");
        }
    }
    let quantity = json!({"quantity": MALFORMED});
    visitor
        .call(Method::PUT, "/cart/items/RING", quantity, 422)
        .await;
}

async fn send_webhooks(visitor: &Visitor) {
    let send = |body: &str, signature: &str| {
        let request = visitor.request(Method::POST, "/webhooks/stripe");
        request.header("Stripe-Signature", signature).text(body)
    };
    let event = |kind: &str, id: &str| {
        json!({
            "id": format!("evt_{WEBHOOK}"), "object": "event", "type": kind,
            "data": {"object": {
                "id": id, "object": "payment_intent", "receipt_email": WEBHOOK,
                "metadata": {"order_id": WEBHOOK}, "shipping": {"name": WEBHOOK},
            }},
        })
        .to_string()
    };
    let good = event("payment_intent.succeeded", "pi_unknown");
    for signature in [SIGNATURE, &format!("t=1,v1={SIGNATURE}"), &signed(WEBHOOK)] {
        send(&good, signature).expect(400).await;
    }
    let bodies = [
        format!("{{\"id\": \"{WEBHOOK}"),
        format!("{{\"id\": {{\"{WEBHOOK}\": 1}}}}"),
        event(WEBHOOK, WEBHOOK),
        event("payment_intent.succeeded", WEBHOOK),
        event("charge.dispute.created", WEBHOOK),
        good,
    ];
    for body in bodies {
        let answer = send(&body, &signed(&body)).status().await;
        assert!(answer < 500, "{answer}: {body}");
    }
}

/// A signature like the provider's.
fn signed(body: &str) -> String {
    let time = Clock::system().now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}
