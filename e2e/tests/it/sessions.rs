//! Sessions of a browser: stale tokens, and two tabs.

use e2e::Shop;
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "a password of a browser";

/// Registers and signs in; returns the session.
async fn signed_in(shop: &Shop, email: &str) -> Value {
    let guest = shop.guest();
    let account = json!({"email": email, "password": PASSWORD, "display_name": "Ada"});
    guest.call(Method::POST, "/users", Some(account)).await.ok();
    let credentials = json!({"email": email, "password": PASSWORD});
    guest
        .call(Method::POST, "/sessions", Some(credentials))
        .await
        .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_with_a_stale_token_refreshes_and_browses() {
    let shop = Shop::open().await;
    shop.product("LAMP", 1_000, 5).await;
    let session = signed_in(&shop, "stale@example.com").await;
    for stale in ["Bearer stale.access.token", "Basic c3RhZ2luZzpzZWNyZXQ="] {
        let browser = shop.guest().with_header("authorization", stale);
        assert!(browser.get("/products").await["items"].is_array());
        let refresh = json!({"refresh_token": session["refresh_token"]});
        let renewed = browser
            .call(Method::POST, "/sessions/refresh", Some(refresh))
            .await
            .ok();
        assert!(renewed["access_token"].is_string(), "{renewed}");
    }
    let browser = shop
        .guest()
        .with_header("authorization", "Bearer stale.access.token");
    let answer = browser.try_get("/cart").await;
    assert_eq!((answer.status, answer.problem()), (401, "token-invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_that_refresh_at_once_stay_signed_in() {
    let shop = Shop::open().await;
    let session = signed_in(&shop, "tabs@example.com").await;
    let tab = shop.guest();
    let refresh = |token: &Value| {
        let body = json!({"refresh_token": token});
        tab.call(Method::POST, "/sessions/refresh", Some(body))
    };
    let token = &session["refresh_token"];
    let (one, other) = tokio::join!(refresh(token), refresh(token));
    let (one, other) = (one.ok(), other.ok());
    assert_eq!(one["refresh_token"], other["refresh_token"]);
    let next = refresh(&other["refresh_token"]).await.ok();
    assert_ne!(next["refresh_token"], other["refresh_token"]);
}
