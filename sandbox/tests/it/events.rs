use serde_json::json;

use crate::support::{App, INTENTS, authorization_with, id_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_transition_of_a_payment_emits_an_event() {
    let app = App::start().await;
    let intent = app.paid().await;
    app.refund(&intent).await;
    let other = app.authorize().await;
    app.post(&format!("{INTENTS}/{other}/cancel"), &[]).await;
    app.post(INTENTS, &authorization_with("pm_card_chargeDeclined"))
        .await;
    assert_eq!(
        app.event_kinds().await,
        [
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
            "payment_intent.succeeded",
            "refund.created",
            "charge.refunded",
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
            "payment_intent.canceled",
            "payment_intent.created",
            "payment_intent.payment_failed",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_contains_the_object_at_that_time_and_its_request() {
    let app = App::start().await;
    let authorized = app
        .post_with_key("k1", INTENTS, &authorization_with("pm_card_visa"))
        .await;
    let id = id_of(&authorized.body);
    app.post(&format!("{INTENTS}/{id}/cancel"), &[]).await;
    let kind = "payment_intent.amount_capturable_updated";
    let page = app.get(&format!("/v1/events?type={kind}")).await.body;
    let [event] = &page["data"].as_array().unwrap()[..] else {
        panic!("one event: {page}");
    };
    assert_eq!(event["object"], "event");
    assert_eq!(event["data"]["object"], authorized.body);
    assert_eq!(event["request"]["idempotency_key"], "k1");
    assert_eq!(event["livemode"], false);
    assert_eq!(event["pending_webhooks"], 0);
    let path = format!("/v1/events/{}", id_of(event));
    assert_eq!(app.get(&path).await.body, *event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_request_emits_no_event() {
    let app = App::start().await;
    let form = authorization_with("pm_card_visa");
    app.post_with_key("k1", INTENTS, &form).await;
    app.post_with_key("k1", INTENTS, &form).await;
    assert_eq!(app.event_kinds().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_request_emits_no_event() {
    let app = App::start().await;
    app.post(INTENTS, &[("amount", "5")]).await;
    app.control("fail", json!({"next": 1, "status": 503})).await;
    app.post(INTENTS, &authorization_with("pm_card_visa")).await;
    assert!(app.event_kinds().await.is_empty());
}
