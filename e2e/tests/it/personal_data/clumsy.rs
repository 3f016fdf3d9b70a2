//! Somebody who makes every mistake that there is.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::planted::*;
use super::secrets::WEBHOOK_SECRET;
use super::visitor::Visitor;
use crate::watched::Watched;

pub(super) async fn customer_makes_every_mistake(shop: &Watched) {
    let visitor = Visitor::of(shop.url());
    she_registers(&visitor).await;
    she_signs_in(&visitor).await;
    she_browses(&visitor).await;
    she_fills_a_cart(&visitor).await;
    she_sends_what_is_no_request(&visitor).await;
    somebody_plays_the_provider(&visitor).await;
}

async fn she_registers(visitor: &Visitor) {
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
        .call(Method::POST, "/users", good.clone(), 201)
        .await;
    visitor.call(Method::POST, "/users", good, 409).await;
}

async fn she_signs_in(visitor: &Visitor) {
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
    visitor.call(Method::DELETE, "/sessions", token, 204).await;
    let mut pretender = visitor.clone();
    let signed_by_nobody = format!("{TOKEN}.{TOKEN}.{TOKEN}");
    let unknown_key =
        "eyJhbGciOiJFZERTQSIsImtpZCI6InpxdG9rZW4ifQ.eyJzdWIiOiJ6cXRva2VuIn0.enF0b2tlbg";
    for token in [TOKEN, &signed_by_nobody, unknown_key] {
        token.clone_into(&mut pretender.token);
        pretender.call(Method::GET, "/me", Value::Null, 401).await;
    }
}

async fn she_browses(visitor: &Visitor) {
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
        let answer = visitor.ask(Method::GET, &path).whatever().await;
        assert!(
            (400..500).contains(&answer) || answer == 200,
            "{wrong}: {answer}"
        );
    }
}

async fn she_fills_a_cart(visitor: &Visitor) {
    let path = "/api/v1/cart/items/RING";
    let one = || json!({"quantity": 1});
    let with = |token: &str| visitor.ask(Method::PUT, path).header("Cart-Token", token);
    let cart = with(TOKEN).json(one()).whatever().await;
    assert!(cart < 500, "{cart}");
    with(&TOKEN.repeat(100)).json(one()).expect(400).await;
    for code in [CODE.to_owned(), CODE.repeat(100), format!("{CODE}\0")] {
        let code = json!({"code": code});
        let request = visitor.ask(Method::PUT, "/api/v1/cart/discount");
        let answer = request.json(code).whatever().await;
        assert!((400..500).contains(&answer), "{answer}");
    }
}

async fn she_sends_what_is_no_request(visitor: &Visitor) {
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
            let answer = visitor.ask(Method::POST, path).text(body).whatever().await;
            assert!((400..500).contains(&answer), "{path}: {answer}");
        }
    }
    let quantity = json!({"quantity": MALFORMED});
    visitor
        .call(Method::PUT, "/cart/items/RING", quantity, 400)
        .await;
}

async fn somebody_plays_the_provider(visitor: &Visitor) {
    let tell = |body: &str, signature: &str| {
        let request = visitor.ask(Method::POST, "/webhooks/stripe");
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
        tell(&good, signature).expect(400).await;
    }
    let told = [
        format!("{{\"id\": \"{WEBHOOK}"),
        format!("{{\"id\": {{\"{WEBHOOK}\": 1}}}}"),
        event(WEBHOOK, WEBHOOK),
        event("payment_intent.succeeded", WEBHOOK),
        event("charge.dispute.created", WEBHOOK),
        good,
    ];
    for body in told {
        let answer = tell(&body, &signed(&body)).whatever().await;
        assert!(answer < 500, "{answer}: {body}");
    }
}

/// As the provider signs.
fn signed(body: &str) -> String {
    let time = Clock::system().now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}
