use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use testkit::eventually;

use crate::receiver::{Received, Receiver};
use crate::support::App;

const SECRET: &str = "whsec_test";

async fn start(receiver: &Receiver, changes: &[(&str, &str)]) -> App {
    let mut all = vec![
        ("webhooks.url", receiver.url.as_str()),
        ("webhooks.secret", SECRET),
    ];
    all.extend_from_slice(changes);
    App::start_with(&all).await
}

async fn wait_for(receiver: &Receiver, count: usize) -> Vec<Received> {
    eventually("the events arrive", async || {
        let received = receiver.received();
        (received.len() >= count).then_some(received)
    })
    .await
}

/// Waits until no delivery is pending.
async fn wait_until_sent(app: &App) {
    wait_until_pending(app, 0).await;
}

/// Waits for a number of pending deliveries. A delivery that has arrived is pending for another moment.
async fn wait_until_pending(app: &App, deliveries: u64) {
    eventually("the other deliveries are finished", async || {
        let counts = app.state().await["counts"].clone();
        (counts["pending_deliveries"] == deliveries).then_some(())
    })
    .await;
}

fn is_signed(received: &Received, secret: &str) -> bool {
    let (time, signatures) = received.signature.split_once(',').unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", received.body).as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    signatures
        .split(',')
        .any(|part| part == format!("v1={expected}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_sent_and_signed() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[]).await;
    app.paid().await;
    let received = wait_for(&receiver, 3).await;
    assert!(received.iter().all(|event| is_signed(event, SECRET)));
    assert!(!is_signed(&received[0], "whsec_other"));
    let mut sent: Vec<_> = received
        .iter()
        .map(|received| received.event()["id"].as_str().unwrap().to_owned())
        .collect();
    sent.sort();
    let listed: Vec<_> = app.events().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(sent, listed);
    wait_until_sent(&app).await;
    let page = app.get("/v1/events").await.body;
    let events = page["data"].as_array().unwrap();
    assert!(events.iter().all(|event| event["pending_webhooks"] == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_a_signature_per_secret() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[("webhooks.secret", "whsec_old, whsec_new")]).await;
    app.authorize().await;
    for event in wait_for(&receiver, 2).await {
        assert!(is_signed(&event, "whsec_old") && is_signed(&event, "whsec_new"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_retried_until_it_is_accepted() {
    let receiver = Receiver::start();
    receiver.reject(5);
    let app = start(&receiver, &[]).await;
    app.authorize().await;
    wait_until_sent(&app).await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_given_up_after_the_last_attempt() {
    let receiver = Receiver::start();
    receiver.reject(u32::MAX);
    let app = start(&receiver, &[("webhooks.attempts", "3")]).await;
    app.authorize().await;
    wait_until_sent(&app).await;
    assert!(receiver.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_can_duplicate_deliveries() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[]).await;
    app.control("webhooks", json!({"duplicate": 2})).await;
    app.authorize().await;
    wait_for(&receiver, 6).await;
    wait_until_sent(&app).await;
    assert_eq!(receiver.received().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_can_drop_deliveries_of_listed_events() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[]).await;
    app.control("webhooks", json!({"drop": 1})).await;
    app.authorize().await;
    app.control("webhooks", json!({})).await;
    app.paid().await;
    wait_until_sent(&app).await;
    assert_eq!(receiver.received().len(), 3);
    assert_eq!(app.events().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_can_delay_deliveries() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[]).await;
    app.control("webhooks", json!({"delay_ms": 600_000})).await;
    app.authorize().await;
    app.control("webhooks", json!({})).await;
    app.paid().await;
    wait_for(&receiver, 3).await;
    wait_until_pending(&app, 2).await;
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_can_reorder_deliveries() {
    let receiver = Receiver::start();
    let app = start(&receiver, &[]).await;
    app.control("webhooks", json!({"reorder": true})).await;
    app.authorize().await;
    wait_for(&receiver, 2).await;
    assert_eq!(
        receiver.kinds(),
        [
            "payment_intent.amount_capturable_updated",
            "payment_intent.created"
        ]
    );
}
