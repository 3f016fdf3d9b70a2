//! Forged, altered and outdated tokens. The gateway refuses each, and so does every service by itself.

use e2e::Shop;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::{TokenKey, token};
use tonic::Code;
use uuid::Uuid;

use super::hostile::{open, staff_token};

/// An RPC of each service that needs a token.
const BY_TOKEN: [(&str, &str); 4] = [
    ("user", "/mercantile.user.v1.UserService/GetMe"),
    ("catalog", "/mercantile.catalog.v1.CatalogService/GetStock"),
    ("order", "/mercantile.order.v1.OrderService/ListOrders"),
    (
        "payment",
        "/mercantile.payment.v1.PaymentService/GetPayment",
    ),
];

/// Checks that gateway and services refuse the token for this reason.
async fn refused(shop: &Shop, what: &str, token: &str, reason: &str) {
    let answer = shop.rest("GET", "/api/v1/me", Some(token)).await;
    assert_eq!(answer.status().as_u16(), 401, "{what}");
    let problem: Value = answer.json().await.unwrap();
    let kind = format!("/problems/{}", reason.to_lowercase().replace('_', "-"));
    assert_eq!(problem["type"], kind, "{what}: {problem}");
    for (service, path) in BY_TOKEN {
        let refused = shop.call_rpc(service, path, Some(token)).await;
        let expected = (Code::Unauthenticated, reason.to_owned());
        assert_eq!(refused, expected, "{what} at {service}");
    }
}

/// Claims that open everything, if they are believed.
fn powerful() -> Value {
    Shop::claims(Uuid::now_v7(), "staff", &Shop::GROUPS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_signature_is_refused() {
    let (shop, key) = open().await;
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": key.kid()});
        let forged = token(&header, &powerful(), |_| Vec::new());
        refused(&shop, algorithm, &forged, "TOKEN_INVALID").await;
        let bare = forged.trim_end_matches('.');
        refused(&shop, algorithm, bare, "TOKEN_INVALID").await;
    }
    let unsigned = token(&key.header(), &powerful(), |_| Vec::new());
    refused(&shop, "EdDSA", &unsigned, "TOKEN_INVALID").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let (shop, key) = open().await;
    let hex: String = key
        .public_key()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for secret in [key.public_key(), hex.as_bytes(), key.kid().as_bytes(), b""] {
        let header = json!({"alg": "HS256", "typ": "JWT", "kid": key.kid()});
        let forged = token(&header, &powerful(), |text| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        });
        refused(&shop, "HS256", &forged, "TOKEN_INVALID").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_brings_its_own_key_is_refused() {
    let (shop, key) = open().await;
    let own = TokenKey::generate();
    let base64 = |bytes: &[u8]| {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    };
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64(own.public_key())});
    for (name, value) in [
        ("kid", json!(key.kid())),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' UNION SELECT 'key' --")),
        ("kid", json!("")),
        ("kid", json!(1)),
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/key.pem")),
        ("crit", json!(["exp"])),
    ] {
        let mut header = own.header();
        header[name] = value;
        let forged = own.sign_with_header(&header, &powerful());
        refused(&shop, &header.to_string(), &forged, "TOKEN_INVALID").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_token_is_refused() {
    let (shop, key) = open().await;
    let good = key.sign(&Shop::claims(Uuid::now_v7(), "customer", &[]));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("{good}");
    };
    // The claims of staff under the signature of a customer.
    let other = token(&key.header(), &powerful(), |_| Vec::new());
    let powerful = other.split('.').nth(1).unwrap();
    refused(
        &shop,
        "other claims",
        &format!("{header}.{powerful}.{signature}"),
        "TOKEN_INVALID",
    )
    .await;
    let flipped: String = signature.chars().rev().collect();
    for (what, altered) in [
        ("another signature", format!("{header}.{claims}.{flipped}")),
        (
            "half a signature",
            format!("{header}.{claims}.{}", &signature[..40]),
        ),
        ("four parts", format!("{good}.{signature}")),
        ("two parts", format!("{claims}.{signature}")),
        ("one part", claims.to_owned()),
        (
            "long",
            format!("{header}.{}.{signature}", "e".repeat(4_000)),
        ),
    ] {
        refused(&shop, what, &altered, "TOKEN_INVALID").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_wrong_claims_is_refused_however_well_it_is_signed() {
    let (shop, key) = open().await;
    let now = Clock::system().now().timestamp();
    for (claim, value) in [
        ("aud", json!("another-shop")),
        ("aud", json!("")),
        ("iss", json!("https://evil.example")),
        ("iss", json!("Mercantile")),
        ("role", json!("root")),
        ("role", json!(["customer", "staff"])),
        ("sub", json!("everyone")),
        ("exp", json!("tomorrow")),
        ("exp", json!((now + 600).to_string())),
    ] {
        let mut claims = powerful();
        claims[claim] = value;
        let forged = key.sign(&claims);
        refused(&shop, &claims.to_string(), &forged, "TOKEN_INVALID").await;
    }
    for claim in ["aud", "iss", "sub", "exp", "role"] {
        let mut claims = powerful();
        claims.as_object_mut().unwrap().remove(claim);
        let forged = key.sign(&claims);
        refused(&shop, claim, &forged, "TOKEN_INVALID").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused() {
    let (shop, key) = open().await;
    let mut claims = powerful();
    claims["iat"] = json!(Clock::system().now().timestamp() - 4_200);
    claims["exp"] = json!(Clock::system().now().timestamp() - 3_600);
    refused(&shop, "an hour", &key.sign(&claims), "TOKEN_EXPIRED").await;
    claims["iat"] = json!(0);
    claims["exp"] = json!(600);
    refused(&shop, "1970", &key.sign(&claims), "TOKEN_EXPIRED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_kind_of_token_is_not_another() {
    let (shop, _) = open().await;
    let credentials = json!({"email": "ada@example.com", "password": "correct-horse-battery"});
    let session = shop.guest().post("/sessions", credentials).await.ok();
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    refused(&shop, "a refresh token", &refresh, "TOKEN_INVALID").await;
    let body = json!({"refresh_token": access});
    let answer = shop.guest().post("/sessions/refresh", body).await;
    assert!((400..500).contains(&answer.status), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_signed_out_is_not_refreshed() {
    let (shop, _) = open().await;
    let credentials = json!({"email": "ada@example.com", "password": "correct-horse-battery"});
    let session = shop.guest().post("/sessions", credentials).await.ok();
    let token = json!({"refresh_token": session["refresh_token"]});
    let guest = shop.guest();
    let refreshed = guest.post("/sessions/refresh", token).await.ok();
    let token = json!({"refresh_token": refreshed["refresh_token"]});
    let sign_out = guest.call(Method::POST, "/sessions/revocation", Some(token.clone()));
    sign_out.await.ok();
    for stolen in [&session, &refreshed] {
        let token = json!({"refresh_token": stolen["refresh_token"]});
        let answer = guest.post("/sessions/refresh", token).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_of_the_same_key_is_accepted() {
    // The other tests would pass with a shop that refuses everything.
    let (shop, key) = open().await;
    let token = staff_token(&key);
    for (service, path) in BY_TOKEN {
        let (code, reason) = shop.call_rpc(service, path, Some(&token)).await;
        assert_ne!(code, Code::Unauthenticated, "{service}: {reason}");
    }
    let answer = shop.rest("GET", "/api/v1/orders", Some(&token)).await;
    assert_eq!(answer.status().as_u16(), 200);
}
