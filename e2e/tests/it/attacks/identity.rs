//! Guessing passwords, finding out who is a customer, and a stolen signing key.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use client::Answer;
use e2e::{Settings, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

const PASSWORD: &str = "a password of a victim";

async fn register(shop: &Shop, email: &str, password: &str) -> Answer {
    let account = json!({"email": email, "password": password, "display_name": "Victim"});
    shop.guest().post("/users", account).await
}

async fn sign_in(
    shop: &Shop,
    headers: &[(&'static str, &str)],
    email: &str,
    password: &str,
) -> Answer {
    let guest = headers.iter().fold(shop.guest(), |guest, &(name, value)| {
        guest.with_header(name, value)
    });
    let credentials = json!({"email": email, "password": password});
    guest
        .call(Method::POST, "/sessions", Some(credentials))
        .await
}

/// Status and body, without what differs in each answer.
fn comparable(answer: Answer) -> (u16, Value) {
    let mut body = answer.body;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("trace_id");
    }
    (answer.status, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_from_many_networks_is_bounded_and_the_owner_still_signs_in() {
    let settings: Settings<'_> = &[("gateway", "http.trusted_proxies", "127.0.0.0/8")];
    let shop = Shop::open_with(settings).await;
    let email = "guessed@example.com";
    register(&shop, email, PASSWORD).await.ok();
    let home = ("x-forwarded-for", "203.0.113.9");
    let session = sign_in(&shop, &[home], email, PASSWORD).await.ok();
    let mut checked = 0;
    for number in 0..40 {
        let network = format!("198.18.0.{number}");
        let from = ("x-forwarded-for", network.as_str());
        let answer = sign_in(&shop, &[from], email, "a wrong password").await;
        match answer.status {
            401 => checked += 1,
            429 => assert_eq!(answer.problem(), "sign-in-throttled"),
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert_eq!(checked, 10, "distributed guessing is not bounded");
    let stranger = sign_in(&shop, &[home], email, PASSWORD).await;
    assert_eq!(stranger.status, 429);
    let device = session["device_token"].as_str().unwrap();
    let owner = sign_in(&shop, &[home, ("device-token", device)], email, PASSWORD).await;
    assert!(owner.ok()["access_token"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_from_an_answer_who_is_a_customer() {
    let shop = Shop::open().await;
    let (known, unknown) = ("known@example.com", "other@example.com");
    register(&shop, known, PASSWORD).await.ok();

    let mut answers = Vec::new();
    for email in [known, unknown] {
        let wrong = sign_in(&shop, &[], email, "a wrong password").await;
        answers.push(comparable(wrong));
    }
    assert_eq!(answers[0].0, 401);
    assert_eq!(answers[0], answers[1]);

    let mut answers = Vec::new();
    for email in [known, unknown] {
        let (status, body) = comparable(register(&shop, email, "a password of a stranger").await);
        assert_eq!(body, json!({"email": email}));
        answers.push(status);
    }
    assert_eq!(answers, [202, 202]);
    // The password that was tried for the known address is a wrong one, and its owner signs in as before.
    let tried = sign_in(&shop, &[], known, "a password of a stranger").await;
    assert_eq!(tried.status, 401);
    sign_in(&shop, &[], known, PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_signing_key_is_worth_nothing_after_its_revocation() {
    let settings: Settings<'_> = &[
        ("user", "signing_keys.refresh_s", "1"),
        ("user", "auth.refresh_s", "1"),
        ("order", "auth.refresh_s", "1"),
        ("gateway", "auth.refresh_s", "1"),
    ];
    let shop = Shop::open_with(settings).await;
    register(&shop, "stolen@example.com", PASSWORD).await.ok();
    let session = sign_in(&shop, &[], "stolen@example.com", PASSWORD)
        .await
        .ok();
    let stolen = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let thief = shop.guest().with_header("authorization", &stolen);
    for path in ["/me", "/orders"] {
        thief.get(path).await;
    }

    let kid = kid_of(session["access_token"].as_str().unwrap());
    let revocation = format!("/staff/signing-keys/{kid}/revocation");
    let reason = json!({"reason": "the key was in a log"});
    let staff = shop.staff().await;
    let signing = staff.post(&revocation, reason).await.ok();
    assert_ne!(signing["kid"], kid.as_str());

    for path in ["/me", "/orders"] {
        let refused = eventually("the stolen token to be refused", async || {
            Some(thief.try_get(path).await).filter(|answer| answer.status == 401)
        });
        assert_eq!(refused.await.problem(), "token-invalid");
    }
    // The owner refreshes, as when a token expires.
    let refresh = json!({"refresh_token": session["refresh_token"]});
    let renewed = shop.guest().post("/sessions/refresh", refresh).await.ok();
    let renewed = format!("Bearer {}", renewed["access_token"].as_str().unwrap());
    let owner = shop.guest().with_header("authorization", &renewed);
    eventually("the session to go on", async || {
        let orders = owner.try_get("/orders").await;
        orders.is_success().then_some(())
    })
    .await;
}

fn kid_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
