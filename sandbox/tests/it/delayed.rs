//! Transitions that happen some time after the response.

use serde_json::json;
use testkit::eventually;

use crate::support::{App, INTENTS, id_of};

const HALF_A_DAY: (&str, &str) = ("provider.refund_delay_ms", "43200000");

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_can_fail_after_it_succeeded() {
    let app = App::start_with(&[("provider.refund_delay_ms", "50")]).await;
    let intent = app.paid_with("pm_card_refundFail").await;
    let refund = app.refund(&intent).await;
    assert_eq!(refund["status"], "succeeded");
    let path = format!("/v1/refunds/{}", id_of(&refund));
    let failed = eventually("the refund fails", async || {
        let refund = app.get(&path).await.body;
        (refund["status"] == "failed").then_some(refund)
    })
    .await;
    assert_eq!(failed["failure_reason"], "unknown");
    let kinds = app.event_kinds().await;
    assert!(kinds.ends_with(&["refund.updated".to_owned(), "refund.failed".to_owned()]));
    // The full amount can be refunded again.
    assert_eq!(app.refund(&intent).await["amount"], 1299);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controls_can_settle_a_refund_now() {
    let app = App::start_with(&[HALF_A_DAY]).await;
    for (card, at_first, later) in [
        ("pm_card_refundFail", "succeeded", "failed"),
        ("pm_card_pendingRefund", "pending", "succeeded"),
    ] {
        let intent = app.paid_with(card).await;
        let refund = app.refund(&intent).await;
        assert_eq!(refund["status"], at_first);
        let path = format!("refunds/{}/settle", id_of(&refund));
        assert_eq!(app.control(&path, json!({})).await["status"], later);
        assert_eq!(app.try_control(&path, json!({})).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_expires_after_its_lifetime() {
    let app = App::start_with(&[("provider.authorization_lifetime_s", "1")]).await;
    let captured = app.paid().await;
    let id = app.authorize().await;
    let expired = eventually("the authorization expires", async || {
        let intent = app.intent(&id).await;
        (intent["status"] == "canceled").then_some(intent)
    })
    .await;
    assert_eq!(expired["cancellation_reason"], "automatic");
    assert_eq!(app.intent(&captured).await["status"], "succeeded");
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.last().unwrap(), "payment_intent.canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controls_can_expire_only_an_authorization() {
    let app = App::start().await;
    let id = app.authorize().await;
    let path = format!("payment_intents/{id}/expire");
    let expired = app.control(&path, json!({})).await;
    assert_eq!(expired["status"], "canceled");
    assert_eq!(expired["cancellation_reason"], "automatic");
    assert_eq!(app.try_control(&path, json!({})).await.status, 400);
    let paid = app.paid().await;
    let path = format!("payment_intents/{paid}/expire");
    assert_eq!(app.try_control(&path, json!({})).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_capture_keeps_the_authorization() {
    let app = App::start().await;
    let id = app.authorize_with("pm_card_captureFail").await;
    let path = format!("{INTENTS}/{id}/capture");
    for _ in 0..2 {
        let declined = app.post(&path, &[]).await;
        assert_eq!(declined.status, 402);
        let error = &declined.body["error"];
        assert_eq!(error["code"], "card_declined");
        assert_eq!(error["payment_intent"]["status"], "requires_capture");
    }
    let canceled = app.post(&format!("{INTENTS}/{id}/cancel"), &[]).await;
    assert_eq!(canceled.body["status"], "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_can_succeed_after_one_decline() {
    let app = App::start().await;
    let id = app.authorize_with("pm_card_captureFailOnce").await;
    let path = format!("{INTENTS}/{id}/capture");
    let first = app.post_with_key("k1", &path, &[]).await;
    let replayed = app.post_with_key("k1", &path, &[]).await;
    assert_eq!((first.status, replayed.status), (402, 402));
    assert!(replayed.replayed);
    assert_eq!(app.post_with_key("k2", &path, &[]).await.status, 200);
}
