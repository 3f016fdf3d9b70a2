use serde_json::json;

use crate::support::{App, INTENTS, hold_with, id_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_payment_is_an_event() {
    let app = App::start().await;
    let intent = app.paid().await;
    app.refund(&intent).await;
    let other = app.hold().await;
    app.post(&format!("{INTENTS}/{other}/cancel"), &[]).await;
    app.post(INTENTS, &hold_with("pm_card_chargeDeclined"))
        .await;
    assert_eq!(
        app.happened().await,
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
async fn an_event_shows_the_thing_as_it_was_and_the_request_it_came_from() {
    let app = App::start().await;
    let held = app
        .post_with_key("k1", INTENTS, &hold_with("pm_card_visa"))
        .await;
    let id = id_of(&held.body);
    app.post(&format!("{INTENTS}/{id}/cancel"), &[]).await;
    let kind = "payment_intent.amount_capturable_updated";
    let page = app.get(&format!("/v1/events?type={kind}")).await.body;
    let [event] = &page["data"].as_array().unwrap()[..] else {
        panic!("one event: {page}");
    };
    assert_eq!(event["object"], "event");
    assert_eq!(event["data"]["object"], held.body);
    assert_eq!(event["request"]["idempotency_key"], "k1");
    assert_eq!(event["livemode"], false);
    assert_eq!(event["pending_webhooks"], 0);
    let path = format!("/v1/events/{}", id_of(event));
    assert_eq!(app.get(&path).await.body, *event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_request_makes_no_event() {
    let app = App::start().await;
    let form = hold_with("pm_card_visa");
    app.post_with_key("k1", INTENTS, &form).await;
    app.post_with_key("k1", INTENTS, &form).await;
    assert_eq!(app.happened().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_makes_no_event() {
    let app = App::start().await;
    app.post(INTENTS, &[("amount", "5")]).await;
    app.control("fail", json!({"next": 1, "status": 503})).await;
    app.post(INTENTS, &hold_with("pm_card_visa")).await;
    assert!(app.happened().await.is_empty());
}
