use serde_json::json;

use crate::support::{AUTHORIZATION, App, INTENTS, send};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_replays_the_same_response() {
    let app = App::start().await;
    let first = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    let mut reordered = AUTHORIZATION;
    reordered.reverse();
    let second = app.post_with_key("k1", INTENTS, &reordered).await;
    assert!(!first.replayed);
    assert!(second.replayed);
    assert_eq!(first.body, second.body);
    let list = app.get(INTENTS).await.body;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_replayed() {
    let app = App::start().await;
    let mut form = AUTHORIZATION;
    form[2] = ("payment_method", "pm_card_chargeDeclined");
    let first = app.post_with_key("k1", INTENTS, &form).await;
    let second = app.post_with_key("k1", INTENTS, &form).await;
    assert_eq!((first.status, second.status), (402, 402));
    assert!(second.replayed);
    assert_eq!(first.body, second.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_other_parameters_or_another_url_is_rejected() {
    let app = App::start().await;
    app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    let mut other = AUTHORIZATION;
    other[0] = ("amount", "1");
    let amount = app.post_with_key("k1", INTENTS, &other).await;
    let url = app.post_with_key("k1", "/v1/refunds", &AUTHORIZATION).await;
    for answer in [amount, url] {
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"]["type"], "idempotency_error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_did_not_act_leaves_its_key_unused() {
    let app = App::start().await;
    let wrong = app.post_with_key("k1", INTENTS, &[("amount", "5")]).await;
    assert_eq!(wrong.status, 400);
    app.control("fail", json!({"next": 1, "status": 503})).await;
    let failed = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!(failed.status, 503);
    let good = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!(good.status, 200);
    assert!(!good.replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_use_while_its_first_request_is_in_flight() {
    let app = App::start().await;
    app.control("latency", json!({"before_ms": 60_000})).await;
    let running = tokio::spawn(
        app.form(INTENTS, &AUTHORIZATION)
            .header("Idempotency-Key", "k1")
            .send(),
    );
    // The two race for the key; the second one gets 409.
    let second = app
        .form(INTENTS, &AUTHORIZATION)
        .header("Idempotency-Key", "k1");
    let refused = tokio::select! {
        answer = send(second) => answer.status,
        answer = running => answer.unwrap().unwrap().status().as_u16(),
    };
    assert_eq!(refused, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_key_is_removed_first() {
    let app = App::start_with(&[("provider.remember", "2")]).await;
    for key in ["a", "b", "c"] {
        app.post_with_key(key, INTENTS, &AUTHORIZATION).await;
    }
    assert!(
        app.post_with_key("c", INTENTS, &AUTHORIZATION)
            .await
            .replayed
    );
    assert!(
        !app.post_with_key("a", INTENTS, &AUTHORIZATION)
            .await
            .replayed
    );
    assert_eq!(app.state().await["counts"]["payment_intents"], 2);
}
